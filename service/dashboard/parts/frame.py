"""What all pages share: header, navigation, colours, the client of the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nicegui import app, ui

from service.client import AsyncBNLab
from service.dashboard.parts.widgets import heading

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


def _request_scope_server() -> tuple[str, int]:
    host, port = ui.context.client.request.scope["server"]
    return host, port
