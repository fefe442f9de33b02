"""The charts of a study's report as lines, whatever draws them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from service.analysis.study_data import StudyData

METRICS = ("val_accuracy", "accuracy", "val_loss", "loss")
Numbers = Sequence[float | None]
Diagnostics = Mapping[str, Any]
"""Of one run, in columns."""


@dataclass(frozen=True)
class Line:
    """Points of an arm; where y is None there is a gap. ``band``: its lower and upper edge."""

    arm: int
    x: Sequence[int]
    y: Numbers
    band: tuple[Numbers, Numbers] | None = None
    dashed: bool = False


@dataclass(frozen=True)
class Panel:
    title: str
    lines: list[Line]


def panels(data: StudyData, comparison: Mapping[str, Any]) -> list[Panel]:
    """Learning curves, and what happens inside where runs have diagnostics. An even number: two make a row."""
    steps = steps_per_epoch(data) or 1
    found = [Panel(metric, list(_curves(comparison, metric, steps))) for metric in METRICS]
    if any(data.diagnostics):
        found += [Panel(title, list(_inside(data, lines_of, steps))) for title, lines_of in INSIDE.items()]
    return found


def steps_per_epoch(data: StudyData) -> int | None:
    """Where all arms count the same number of steps as an epoch, curves are drawn against steps."""
    counts = {spec["steps_per_epoch"] for spec in data.specs}
    return counts.pop() if len(counts) == 1 else None


def _curves(comparison: Mapping[str, Any], metric: str, steps: int) -> Iterator[Line]:
    for position, arm in enumerate(comparison["arms"]):
        if (curve := arm["curves"].get(metric)) is not None:
            x = [epoch * steps for epoch in arm["curves"]["epoch"]]
            yield Line(position, x, curve["mean"], (curve["low"], curve["high"]))


def _inside(data: StudyData, lines_of: Callable[[Diagnostics], list[Numbers]], steps: int) -> Iterator[Line]:
    """Means over an arm's runs; of several lines an arm the middle one is solid."""
    for position, runs in enumerate(data.diagnostics):
        of_runs = [[pd.Series(line, run["epoch"], float) for line in lines_of(run)] for run in runs if run["epoch"]]
        lines = list(zip(*of_runs, strict=True))
        for number, line in enumerate(lines):
            mean = pd.concat(line, axis=1).mean(axis=1)
            y = [value if math.isfinite(value) else None for value in mean]
            yield Line(position, [epoch * steps for epoch in mean.index], y, dashed=number != len(lines) // 2)


def _last_inputs(run: Diagnostics) -> list[Numbers]:
    layers = [layer for layer in run["layers"] if "input_p50" in layer]
    return [layers[-1][f"input_p{percent}"] for percent in (15, 50, 85)] if layers else []


def _mode_gap(run: Diagnostics) -> list[Numbers]:
    modes = zip(run["training_mode_accuracy"], run["inference_mode_accuracy"], strict=True)
    return [[float(training) - float(inference) for training, inference in modes]]


INSIDE = {
    "inputs of the last hidden activation: median, 15 and 85 % dotted": _last_inputs,
    "accuracy in training mode minus in inference mode": _mode_gap,
}
