"""What the form that predicts asks for: the inputs of a job's model, and the classes it answers with."""

from collections.abc import Mapping
from typing import Any

from service.client import AsyncBNLab, JobJson

MOST_INPUTS = 64
"""Inputs that get a field each."""
BOOLEANS = {"true": 1.0, "false": 0.0}


async def inputs_and_labels(lab: AsyncBNLab, job: JobJson) -> tuple[dict[str, float], list[str]]:
    """The inputs by name with what they are at first, none if there are many; the labels, none of a regression."""
    dataset = await lab.dataset(job["spec"]["dataset"]["name"])
    labels = [str(label) for label in dataset["labels"]]
    [width, *more] = dataset["row_shape"]
    if more or width > MOST_INPUTS:
        return {}, labels
    if dataset["built_in"]:
        return {f"x{i + 1}": 0.0 for i in range(width)}, labels
    return first_row(dataset), labels


def first_row(dataset: Mapping[str, Any]) -> dict[str, float]:
    """The features of the first row that was sent, as the model takes them: true is 1."""
    sent = dict(zip(dataset["preview_columns"], dataset["preview"][0], strict=False))
    names = [column["name"] for column in dataset["columns"]]
    return {name: _number(str(sent.get(name, 0)).strip().lower()) for name in names}


def _number(cell: str) -> float:
    """A cell as it was sent, perhaps with a decimal comma."""
    return BOOLEANS[cell] if cell in BOOLEANS else float(cell.replace(",", "."))
