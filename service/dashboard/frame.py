"""What all pages share: header, navigation, colours, the client of the API."""

import html
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from nicegui import app, ui

from service.client import AsyncBNLab, ServerError

T = TypeVar("T")
STYLE = Path(__file__).with_name("style.css")
NAVIGATION = {"Jobs": "/", "Studies": "/studies", "Datasets": "/datasets", "API": "/docs"}
RESTORE_THEME = "const dark = localStorage.getItem('bnlab-dark'); if (dark !== null) setDark(dark === 'true')"
TOGGLE_THEME = "() => { const dark = !Quasar.Dark.isActive; localStorage.setItem('bnlab-dark', dark); setDark(dark) }"


def lab() -> AsyncBNLab:
    """The client of the API that serves this page: the dashboard has no other way to anything."""
    host, port = _request_scope_server()
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    labs: dict[str, AsyncBNLab] = app.state.labs
    if address not in labs:
        labs[address] = AsyncBNLab(address, trust_env=False)
    return labs[address]


async def close_labs() -> None:
    while app.state.labs:
        _, lab = app.state.labs.popitem()
        await lab.close()


def public_address() -> str:
    """The server as the browser addresses it."""
    return str(ui.context.client.request.base_url).rstrip("/")


@contextmanager
def page(title: str, section: str) -> Iterator[None]:
    """The frame of a page; ``section`` is the entry of the navigation it belongs to."""
    ui.page_title(f"{title} · BN Lab")
    ui.add_css(STYLE)
    ui.run_javascript(RESTORE_THEME)
    with ui.header().classes("bar"):
        ui.link("BN Lab", "/").classes("brand")
        with ui.element("nav").props('aria-label="Main"'):
            for name, target in NAVIGATION.items():
                link = ui.link(name, target).classes("nav-link")
                if name == section:
                    link.props("aria-current=page")
        ui.button(icon="contrast").props('flat round dense aria-label="Switch between light and dark"').classes(
            "theme"
        ).on("click", js_handler=TOGGLE_THEME)
    main = ui.element("div").classes("page")
    ui.skip_link("Skip to the content", target=main)
    with main:
        heading(title, 1)
        yield


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


def _request_scope_server() -> tuple[str, int]:
    host, port = ui.context.client.request.scope["server"]
    return host, port


def table(headers: Sequence[str], rows: Sequence[Sequence[str | tuple[str, str]]], label: str) -> None:
    """A plain table; a cell is its text, or its text and the page it leads to. Scrolls sideways where it must."""
    scroll = ui.element("div").classes("scroll").props(f'tabindex=0 role=region aria-label="{escaped(label)}"')
    with scroll, ui.element("table").classes("plain"):
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
