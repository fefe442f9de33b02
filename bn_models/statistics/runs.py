"""The runs of a study's arms as arrays: what of each run counts, and what stands where a run has ended early.

A run that diverged or stopped early keeps its model, so its last values of loss and accuracy stand for the epochs it
did not run. Dropping it there would leave a mean over the survivors. ``seconds`` and ``learning_rate`` are spent only
in epochs that ran and are not carried on.

An accuracy that was recorded as NaN or infinite counts as 0: such a model predicts nothing right. A loss that is not
finite has no value to count and is left out of means; ``diverged`` tells how many runs that may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.statistics.metric_names import ACCURACY_GAP, PER_EPOCH, is_accuracy

Floats = NDArray[np.float64]
LARGEST = 1e305
"""What is larger counts as this much, so that sums and differences of runs are finite."""


@dataclass(frozen=True)
class Run:
    """``metrics``: a column a metric, a value an epoch, from epoch 1; None is read as NaN.

    ``final``: metrics of the model that is served, whatever epoch its weights are of; what is not in it is taken from
    the last epoch. ``largest_class_share``: of the rows that its accuracy is measured on.

    ``failed``: it did not come to its end (crashed, timed out), nor did a ``cancelled`` one. Their metrics are not
    used, as they are not the end of any training. A diverged run did come to its end: that is a finding.
    """

    seed: int
    metrics: Mapping[str, Sequence[float | None]]
    diverged_at_epoch: int | None = None
    failed: bool = False
    cancelled: bool = False
    final: Mapping[str, float | None] = field(default_factory=dict)
    largest_class_share: float | None = None

    @cached_property
    def epochs(self) -> int:
        return max((len(column) for column in self.metrics.values()), default=0)


@dataclass(frozen=True)
class ArmRuns:
    """The runs of one setting, one a seed; raises ValueError when a seed comes twice."""

    label: str
    settings: Mapping[str, Any]
    runs: Sequence[Run]

    def __post_init__(self) -> None:
        if len({run.seed for run in self.runs}) < len(self.runs):
            raise ValueError(f"{self.label}: a seed has more than one run")

    @property
    def trained(self) -> list[Run]:
        """The runs that count. One without a single epoch or final value is none of them."""
        return [run for run in self.runs if not (run.failed or run.cancelled) and (run.epochs or run.final)]


def other_settings(settings: Mapping[str, Any], path: str) -> str:
    """What is equal for arms that differ in ``path`` alone."""
    return repr(sorted((name, value) for name, value in settings.items() if name != path))


@dataclass(frozen=True)
class RunColumns:
    """The trained runs of an arm: every column is (runs, epochs), NaN where there is no value to count.

    ``finals``: (runs,) by metric, of the models that are served.
    """

    seeds: list[int]
    columns: dict[str, Floats]
    finals: dict[str, Floats]
    diverged: Floats
    """(runs,): 1 where a run diverged, else 0."""

    @staticmethod
    def of(arm: ArmRuns) -> "RunColumns":
        runs = arm.trained
        epochs = max((run.epochs for run in runs), default=0)
        metrics = dict.fromkeys(name for run in runs for name in run.metrics if name != "epoch")
        columns = {name: _column([run.metrics.get(name, ()) for run in runs], name, epochs) for name in metrics}
        diverged = np.array([float(run.diverged_at_epoch is not None) for run in runs])
        return RunColumns([run.seed for run in runs], columns, _finals(runs, columns), diverged)

    @property
    def epochs(self) -> int:
        return next((column.shape[1] for column in self.columns.values()), 0)

    def final(self, metric: str) -> Floats:
        """(runs,): of the model that is served, NaN where the metric was not recorded or not finite."""
        return self.finals.get(metric, np.full(len(self.seeds), np.nan))


def _finals(runs: Sequence[Run], columns: Mapping[str, Floats]) -> dict[str, Floats]:
    names = dict.fromkeys([*columns, *(name for run in runs for name in run.final)])
    found = {}
    for name in names:
        if name not in PER_EPOCH:
            last = columns[name][:, -1] if name in columns and columns[name].size else np.full(len(runs), np.nan)
            served = _column([(run.final[name],) if name in run.final else () for run in runs], name, 1)[:, 0]
            found[name] = np.where([name in run.final for run in runs], served, last)
    held_out = found.get("test_accuracy", found.get("val_accuracy"))
    if held_out is not None and "train_accuracy" in found:
        found[ACCURACY_GAP] = found["train_accuracy"] - held_out
    return found


def _column(rows: Sequence[Sequence[float | None]], metric: str, epochs: int) -> Floats:
    """(runs, epochs) of the values that each run recorded, from epoch 1."""
    found = np.full((len(rows), epochs), np.nan)
    for row, recorded in zip(found, rows, strict=True):
        if len(recorded):
            row[: len(recorded)] = recorded
            if metric not in PER_EPOCH:
                row[len(recorded) :] = row[len(recorded) - 1]
    found[~np.isfinite(found)] = np.nan
    np.clip(found, -LARGEST, LARGEST, out=found)
    if is_accuracy(metric):
        found[np.isnan(found) & np.array([len(recorded) > 0 for recorded in rows])[:, None]] = 0.0
    return found
