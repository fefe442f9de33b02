"""What batch normalization did during training: one chart a measure, one line a layer."""

from typing import Any

from nicegui import ui

from service.calls import Call
from service.client import AsyncBNLab, ServerError
from service.dashboard import charts, frame


async def diagnostics_panel(lab: AsyncBNLab, job_id: str) -> None:
    """Nothing where the job has no diagnostics or the server does not record them."""
    try:
        answer = await lab.json(Call("GET", f"/v1/jobs/{job_id}/diagnostics"))
    except ServerError:
        return
    for title, (epochs, lines) in measures(answer).items():
        with frame.card(title):
            ui.echart(charts.curves(epochs, lines)).classes("chart").props(f'role=img aria-label="{title}"')


def measures(answer: dict[str, Any]) -> dict[str, tuple[list[Any], dict[str, list[Any]]]]:
    return {}
