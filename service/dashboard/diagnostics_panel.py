"""What batch normalization did during training: one chart a measure, one line a layer."""

from collections.abc import Iterator
from typing import Any

from nicegui import ui

from service import calls
from service.client import AsyncBNLab, ServerError
from service.dashboard import charts, frame
from service.dashboard.words import field_label


async def diagnostics_panel(lab: AsyncBNLab, job_id: str) -> None:
    """Nothing where the job has no diagnostics or the server does not record them."""
    try:
        answer = await lab.json(calls.diagnostics(job_id))
    except ServerError:
        return
    for title, (epochs, lines) in measures(answer).items():
        with frame.card(title):
            ui.echart(charts.curves(epochs, lines)).classes("chart").props(f'role=img aria-label="{title}"')


def measures(answer: dict[str, Any]) -> dict[str, tuple[list[Any], dict[str, list[Any]]]]:
    """By measure: the epochs, and its column in each layer. Columns are as long as ``epoch``, at any depth."""
    epochs = answer.get("epoch", [])
    found: dict[str, tuple[list[Any], dict[str, list[Any]]]] = {}
    for (*where, measure), column in _columns(answer, len(epochs)):
        if measure != "epoch" and epochs:
            found.setdefault(field_label(measure), (epochs, {}))[1][" ".join(where) or measure] = column
    return found


def _columns(value: Any, length: int, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _columns(member, length, (*path, key) if key != "layers" else path)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for member in value:
            yield from _columns(member, length, (*path, str(member.get("layer", member.get("name", "")))))
    elif isinstance(value, list) and path and len(value) == length:
        yield path, value
