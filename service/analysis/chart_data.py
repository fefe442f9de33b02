"""The charts of a study's report as lines, whatever draws them."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.analysis.study_data import StudyData

CLASSIFICATION = ("val_accuracy", "accuracy", "val_loss", "loss")
REGRESSION = ("val_mae", "mae", "val_loss", "loss")
NOT_DRAWN = frozenset({"epoch", "seconds", "learning_rate"})
Numbers = Sequence[float | None]
Diagnostics = Mapping[str, Any]
"""What was seen inside one run, in columns."""


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
    """Learning curves, and what happens inside where runs have diagnostics."""
    steps = steps_per_epoch(data) or 1
    found = [Panel(metric, list(_curves(comparison, metric, steps))) for metric in _metrics(data, comparison)]
    if any(data.diagnostics):
        found += [Panel(title, list(_inside(data, lines_of, steps))) for title, lines_of in INSIDE.items()]
    return found


def _metrics(data: StudyData, comparison: Mapping[str, Any]) -> list[str]:
    """Four that are drawn, the one that was asked about first; a test metric, known at the end, by its ``val_`` one. Of
    runs that were trained elsewhere those that they recorded, at most four."""
    recorded = dict.fromkeys(name for arm in comparison["arms"] for name in arm["curves"] if name not in NOT_DRAWN)
    asked = comparison["metric"].replace("test_", "val_", 1)
    usual = REGRESSION if "val_mae" in recorded else CLASSIFICATION
    first = [asked] if asked in recorded else []
    if data.specs:
        return list(dict.fromkeys([*first, *usual]))[:4]
    return [name for name in dict.fromkeys([*first, *usual, *recorded]) if name in recorded][:4] or [asked]


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
        seen = [run for run in runs if run["epoch"]]
        lines = list(zip(*(lines_of(run) for run in seen), strict=True))
        for number, line in enumerate(lines):
            x, y = _means_by_epoch([run["epoch"] for run in seen], line)
            yield Line(position, [epoch * steps for epoch in x], y, dashed=number != len(lines) // 2)


def _means_by_epoch(epochs: Sequence[Sequence[int]], values: Sequence[Numbers]) -> tuple[list[int], Numbers]:
    """The epochs of any run, and the mean over the runs that have a number there; None where it is not finite."""
    by_epoch: dict[int, list[float]] = defaultdict(list)
    for of_run, numbers in zip(epochs, values, strict=True):
        for epoch, value in zip(of_run, numbers, strict=True):
            by_epoch[epoch].append(math.nan if value is None else float(value))  # "NaN", "Infinity" too
    means = {epoch: _mean([value for value in found if not math.isnan(value)]) for epoch, found in by_epoch.items()}
    x = sorted(means)
    return x, [means[epoch] for epoch in x]


def _mean(values: Sequence[float]) -> float | None:
    mean = sum(values) / len(values) if values else math.nan
    return mean if math.isfinite(mean) else None


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
