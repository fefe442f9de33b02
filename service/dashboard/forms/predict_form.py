"""Asks a trained model: a drawing for images of digits, numbers for tables, rows in JSON for everything else."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from service.client import AsyncBNLab, ServerError
from service.dashboard.forms.drawing import Drawing
from service.dashboard.parts import widgets

DRAWN = {"digits": (8, 8, 16, 1.0), "mnist": (28, 28, 255, 20 / 28)}
"""Rows, columns, brightest value and filled part of the images one can draw."""
SHOWN = 10
"""Most classes shown of a prediction."""


class PredictForm:
    """A form that shows what ``model`` predicts for one row; ``inputs`` are a table's, and what they are at first."""

    def __init__(
        self, lab: AsyncBNLab, model: str, dataset: str, inputs: Mapping[str, float], labels: Sequence[str]
    ) -> None:
        self._lab, self._model, self._labels = lab, model, labels
        with ui.element("div").classes("predict"):
            with ui.element("div"):
                if dataset in DRAWN:
                    self._drawing(*DRAWN[dataset])
                elif inputs:
                    self._numbers(inputs)
                else:
                    self._json()
            self._problem = widgets.problem().style("margin: 0")
            self._answer = ui.element("div").classes("bars").props('role=status aria-label="Prediction"')

    def _drawing(self, rows: int, columns: int, top: int, fill: float) -> None:
        ui.label("Draw a digit.").classes("quiet")
        drawing = Drawing(rows, columns, top, fill, self._predict)

        def clear() -> None:
            drawing.clear_drawing()
            self._answer.clear()

        ui.button("Clear", on_click=clear).props("flat no-caps")

    def _numbers(self, inputs: Mapping[str, float]) -> None:
        with ui.element("div").classes("fields"):
            fields = [ui.number(name, value=first).props("outlined dense step=any") for name, first in inputs.items()]

        async def predict() -> None:
            for field in fields:
                field.error = "a number is needed" if field.value is None else None
            if all(field.value is not None for field in fields):
                await self._predict([float(field.value) for field in fields])

        ui.button("Predict", on_click=predict).props("no-caps")

    def _json(self) -> None:
        area = ui.textarea("A row in JSON, for example [0.1, 0.2]").props("outlined")

        async def predict() -> None:
            try:
                row = json.loads(area.value or "")
            except ValueError as error:
                area.error = f"not JSON: {error}"
                return
            area.error = None
            await self._predict(row)

        ui.button("Predict", on_click=predict).props("no-caps")

    async def _predict(self, row: Any) -> None:
        self._answer.clear()  # of another row
        self._problem.visible = False
        try:
            [prediction] = await self._lab.predict(self._model, [row])
        except ServerError as error:
            self._problem.text, self._problem.visible = str(error), True
            return
        with self._answer:
            _bars(_by_class(prediction, self._labels))


def _by_class(prediction: Any, labels: Sequence[str]) -> dict[str, Any]:
    """Probabilities by the class's label; one sigmoid output is the probability of the second class."""
    values = prediction if isinstance(prediction, list) else [prediction]
    if len(values) == 1 and len(labels) == 2:
        values = [1 - values[0], values[0]] if isinstance(values[0], float) else values * 2
    names = [labels[i] if i < len(labels) else str(i) for i in range(len(values))]
    return dict(zip(names, values, strict=True))


def _bars(probabilities: dict[str, Any]) -> None:
    known = {name: value for name, value in probabilities.items() if isinstance(value, int | float)}
    best = max(known, key=lambda name: known[name], default=None)
    for name in sorted(known, key=lambda name: -known[name])[:SHOWN] if len(known) > SHOWN else probabilities:
        value = probabilities[name]
        mark = "best" if name == best else ""
        ui.label(name).classes(mark)
        width = max(0.0, min(1.0, value)) if isinstance(value, int | float) else 0
        ui.element("b").style(f"width: {130 * width:.0f}px").props("aria-hidden=true")
        ui.label(f"{value:.3f}" if isinstance(value, int | float) else str(value)).classes(mark)
