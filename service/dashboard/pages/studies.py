"""All studies and how far they are."""

from typing import Any

from nicegui import ui

from service.client import StudyJson
from service.dashboard.parts import frame, widgets
from service.dashboard.parts.formatting import title_of, when
from service.vocabulary import TERMINAL

HEADERS = ["Study", "Status", "Runs", "Arms x seeds", "Submitted (UTC)"]


async def studies_page(after: str | None = None) -> None:
    lab = frame.lab()
    with frame.page("Studies", "Studies"):
        with ui.element("div").classes("tools"):
            ui.label("A study trains the same arms over many seeds and compares them.").classes("quiet")
            widgets.link_button("Compare runs trained elsewhere", "/studies/compare").props("outline").classes("end")
            widgets.link_button("New study", "/studies/new", "add")
        await widgets.live(lambda: lab.studies(after), _list, seconds=2)


def _list(page: dict[str, Any]) -> None:
    if not page["data"]:
        with widgets.empty_state("No studies yet", "Compare with and without batch normalization, over many seeds."):
            widgets.link_button("New study", "/studies/new", "add")
        return
    with ui.element("section").classes("panel"):
        widgets.table(HEADERS, [_row(study) for study in page["data"]], "Studies")
    if page["next"]:
        widgets.link_button("Older", f"/studies?after={page['next']}").style("margin-top: 12px")


def _row(study: StudyJson) -> list[str | tuple[str, str]]:
    done = sum(study["counts"].get(status, 0) for status in TERMINAL)
    return [
        (title_of(study), f"/studies/{study['id']}"),
        study["status"],
        f"{done} of {sum(study['counts'].values())}",
        f"{len(study['arms'])} x {study['seeds']}",
        when(study["created_at"])[:-3],
    ]
