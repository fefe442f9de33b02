"""What the API's Comparison says of one arm: curves, final and best values, time to the threshold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bn_models.statistics.intervals import mean_interval, numbers
from bn_models.statistics.metric_names import PER_EPOCH, is_accuracy
from bn_models.statistics.pairing import AgainstBaseline
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, RunColumns
from bn_models.statistics.time_to_threshold import TimeToThreshold, median_time, seconds_to_threshold


@dataclass(frozen=True)
class Mean:
    """Mean over runs with its interval (Student's t; an accuracy's stays within 0 and 1). None where runs lack."""

    mean: float | None
    sd: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ArmSummary:
    """What is known of an arm by itself.

    ``runs`` counts every run, ``failed`` and ``cancelled`` those that are in no statistic; ``diverged`` ones are in all
    of them. ``curves``: "epoch" and, by metric, columns "mean", "low", "high". ``final``: of the models that are
    served; ``best``: over a run's epochs, by each metric alone (and so optimistic for validation metrics); neither has
    what only epochs have (seconds, learning rate). What stands for epochs that did not run and values that are not
    finite: see ``bn_models.statistics.runs``. ``largest_class_share``: the mean of the runs'.
    """

    settings: Mapping[str, Any]
    label: str
    runs: int
    diverged: int
    failed: int
    cancelled: int
    largest_class_share: float | None
    curves: dict[str, Any]
    final: dict[str, Mean]
    best: dict[str, Mean]
    epochs_to_threshold: TimeToThreshold
    seconds_to_threshold: TimeToThreshold

    @property
    def trained(self) -> int:
        return self.runs - self.failed - self.cancelled


@dataclass(frozen=True)
class ArmComparison(ArmSummary):
    """``dataclasses.asdict`` of it is the arm of the API's Comparison."""

    against_baseline: AgainstBaseline | None
    finding: str
    headline: str


def summary(arm: ArmRuns, runs: RunColumns, epochs: Floats, question: Question, overlap: float) -> ArmSummary:
    confidence = question.confidence
    to_threshold = median_time(epochs, confidence, overlap)
    seconds = median_time(seconds_to_threshold(runs, epochs), confidence, overlap)
    over_epochs = {name: _means(column, name, confidence, overlap) for name, column in runs.columns.items()}
    best = {
        name: _best(column, question.is_lower_better(name))
        for name, column in runs.columns.items()
        if name not in PER_EPOCH
    }
    trained = arm.trained
    shares = [run.largest_class_share for run in trained if run.largest_class_share is not None]
    cancelled = sum(run.cancelled for run in arm.runs)
    return ArmSummary(
        settings=arm.settings,
        label=arm.label,
        runs=len(arm.runs),
        diverged=int(runs.diverged.sum()),
        failed=len(arm.runs) - len(trained) - cancelled,
        cancelled=cancelled,
        largest_class_share=float(np.mean(shares)) if shares else None,
        curves={
            "epoch": list(range(1, runs.epochs + 1)),
            **{name: {key: bands[key] for key in ("mean", "low", "high")} for name, bands in over_epochs.items()},
        },
        final={name: mean(values, name, confidence, overlap) for name, values in runs.finals.items()},
        best={name: mean(values, name, confidence, overlap) for name, values in best.items()},
        epochs_to_threshold=to_threshold,
        seconds_to_threshold=replace(seconds, reached=to_threshold.reached),
    )


def _best(column: Floats, lower: bool) -> Floats:
    worst, best = (np.inf, np.min) if lower else (-np.inf, np.max)
    found: Floats = best(np.where(np.isnan(column), worst, column), axis=1, initial=worst)
    return np.where(np.isfinite(found), found, np.nan)


def mean(values: Floats, metric: str, confidence: float, overlap: float) -> Mean:
    """Of a value a run, (runs,)."""
    return Mean(**{key: column[0] for key, column in _means(values[:, None], metric, confidence, overlap).items()})


def _means(column: Floats, metric: str, confidence: float, overlap: float) -> dict[str, list[float | None]]:
    """A value for each of ``column``'s (runs, epochs) epochs, by "mean", "sd", "low" and "high"."""
    interval = mean_interval(column, confidence, overlap)
    low, high = interval.low, interval.high
    if is_accuracy(metric) and not ((column < 0) | (column > 1)).any():  # and no percentage, say
        low, high = np.maximum(low, 0.0), np.minimum(high, 1.0)
    bands = {"mean": interval.mean, "sd": interval.sd, "low": low, "high": high}
    return {key: numbers(band) for key, band in bands.items()}
