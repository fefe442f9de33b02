"""What happens inside a network during training: one chart a question, one line a layer."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nicegui import ui

from service.client import AsyncBNLab
from service.dashboard.parts import charts, widgets

Lines = Mapping[str, list[Any]]
BY_LAYER = {
    "Batch mean away from the moving mean": ("mean_gap",),
    "Batch variance away from the moving variance": ("variance_gap",),
    "Gamma": ("gamma_min", "gamma_max"),
    "Beta": ("beta_min", "beta_max"),
    "Share saturated": ("saturated_share",),
    "Share dead": ("dead_share",),
    "Gradient norm": ("gradient_norm",),
}
PERCENTILES = (15, 50, 85)
OF_A_LAYER = {"input": "Inputs of the activation of", "activation": "Activations of"}
"""A chart each, with the percentiles as lines."""


async def diagnostics_panel(lab: AsyncBNLab, job_id: str) -> None:
    """Nothing where the job has no diagnostics."""
    answer = await lab.diagnostics(job_id)
    for title, lines in drawn(answer):
        with widgets.card(title):
            ui.echart(charts.curves(answer["epoch"], lines)).classes("chart").props(f'role=img aria-label="{title}"')


def drawn(answer: Mapping[str, Any]) -> Iterator[tuple[str, Lines]]:
    """Titles and lines of the charts that ``GET /v1/jobs/{id}/diagnostics`` has something for."""
    layers = answer["layers"]
    if modes := _modes(answer):
        yield "Training mode and inference mode", modes
    for title, quantities in BY_LAYER.items():
        if lines := _by_layer(layers, quantities):
            yield title, lines
    for layer in layers:
        for what, words in OF_A_LAYER.items():
            if f"{what}_p50" in layer:
                yield f"{words} {layer['name']}", {f"{p} %": layer[f"{what}_p{p}"] for p in PERCENTILES}


def _modes(answer: Mapping[str, Any]) -> Lines:
    names = (f"{mode}_mode_{measure}" for measure in ("accuracy", "mae") for mode in ("training", "inference"))
    return {name.replace("_", " "): answer[name] for name in names if name in answer}


def _by_layer(layers: Iterable[Mapping[str, Any]], quantities: tuple[str, ...]) -> Lines:
    return {
        f"{layer['name']} {quantity.replace('_', ' ')}" if len(quantities) > 1 else layer["name"]: layer[quantity]
        for layer in layers
        for quantity in quantities
        if quantity in layer
    }
