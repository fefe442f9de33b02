"""The pieces that pages are made of."""

import html
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

from nicegui import ui

from service.client import ServerError

T = TypeVar("T")


def escaped(content: str) -> str:
    return html.escape(content)


def code(content: str = "") -> ui.html:
    """Text as it is written, to be copied; it takes the keyboard's focus because it may scroll."""
    return ui.html(escaped(content), tag="pre", sanitize=False).classes("text").props("tabindex=0")


def heading(text: str, level: int) -> ui.html:
    return ui.html(escaped(text), tag=f"h{level}", sanitize=False)


@contextmanager
def card(title: str, classes: str = "") -> Iterator[None]:
    with ui.element("section").classes(f"panel {classes}"):
        heading(title, 2)
        yield


@contextmanager
def empty_state(title: str, advice: str) -> Iterator[ui.element]:
    """What a page without content says: what is missing and how to get it."""
    with ui.element("section").classes("empty") as section:
        heading(title, 2)
        ui.label(advice)
        yield section


def link_button(label: str, target: str, icon: str | None = None) -> ui.button:
    return ui.button(label, icon=icon).props(f'href="{escaped(target)}" no-caps unelevated')


def submit_button(label: str, send: Callable[[], Awaitable[str | None]], icon: str | None = None) -> ui.button:
    """Sends once however often it is pressed and leads to the page ``send`` gives; after None it is free again."""

    async def press() -> None:
        button.disable()
        target: str | None = None
        try:
            target = await send()
        finally:
            if target is None:
                button.enable()
        if target is not None:
            ui.navigate.to(target)

    button: ui.button = ui.button(label, icon=icon, on_click=press).props("no-caps unelevated")
    return button


@asynccontextmanager
async def reported() -> AsyncIterator[None]:
    """Shows what the server refused as a message on the page."""
    try:
        yield
    except ServerError as error:
        ui.notify(str(error), type="negative", multi_line=True, close_button="Close")


def problem() -> ui.label:
    """A place for what is wrong; hidden until it is given a text and made visible."""
    label = ui.label().classes("problem").props("role=alert")
    label.visible = False
    return label


async def confirmed(question: str, action: str) -> bool:
    with ui.dialog() as dialog, ui.card():
        ui.label(question)
        with ui.row():
            ui.button("Keep", on_click=lambda: dialog.submit(False)).props("flat no-caps")
            ui.button(action, on_click=lambda: dialog.submit(True)).props("color=negative no-caps")
    return bool(await dialog)


def missing(error: ServerError) -> None:
    """Instead of a page whose resource the server does not have."""
    with empty_state("Not found", str(error)):
        link_button("All jobs", "/")


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str | tuple[str, str]]], label: str, classes: str = ""
) -> None:
    """A plain table; a cell is its text, or its text and the page it leads to. Scrolls sideways where it must."""
    scroll = ui.element("div").classes("scroll").props(f'tabindex=0 role=region aria-label="{escaped(label)}"')
    with scroll, ui.element("table").classes(f"plain {classes}"):
        with ui.element("thead"), ui.element("tr"):
            for header in headers:
                ui.html(escaped(header), tag="th", sanitize=False).props("scope=col")
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for cell in row:
                        _cell(cell)


def facts(pairs: Mapping[str, str]) -> None:
    with ui.element("dl").classes("facts"):
        for name, value in pairs.items():
            ui.html(escaped(name), tag="dt", sanitize=False)
            ui.html(escaped(value), tag="dd", sanitize=False)


async def live(load: Callable[[], Awaitable[T]], show: Callable[[T], None], seconds: float) -> None:
    """Shows what ``load`` gives, and again whenever it has changed; what the server refuses is shown in its place."""
    container = ui.element("div").style("display: contents")
    shown: list[T] = []

    async def refresh() -> None:
        try:
            loaded = await load()
        except ServerError as error:
            if not shown:
                with container:
                    container.clear()
                    missing(error)
            return
        if shown != [loaded]:
            shown[:] = [loaded]
            container.clear()
            with container:
                show(loaded)

    await refresh()
    ui.timer(seconds, refresh, immediate=False)


def _cell(cell: str | tuple[str, str]) -> None:
    if isinstance(cell, str):
        ui.html(escaped(cell), tag="td", sanitize=False)
    else:
        with ui.element("td"):
            ui.link(*cell)
