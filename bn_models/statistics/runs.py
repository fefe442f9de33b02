"""The runs of a study's arms as arrays: what of each run counts, and what stands where a run has ended early.

A run that diverged or stopped early keeps its model, so its last values of loss and accuracy stand for the epochs it
did not run. Dropping it there would leave a mean over the survivors. ``seconds`` and ``learning_rate`` are spent only
in epochs that ran and are not carried on.

An accuracy that was recorded as NaN or infinite counts as 0: such a model predicts nothing right. A loss that is not
finite has no value to count and is left out of means; ``diverged`` tells how many runs that may be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PER_EPOCH = frozenset({"seconds", "learning_rate"})
"""Metrics that say what an epoch cost or used, and nothing about the model after it."""


@dataclass(frozen=True)
class Run:
    """``metrics``: a column a metric, a value an epoch, from epoch 1; None is read as NaN.

    ``failed``: it did not come to its end (crashed, timed out, cancelled). Its metrics are not used, as they are not
    the end of any training. A diverged run did come to its end: that is a finding.
    """

    seed: int
    metrics: Mapping[str, Sequence[float | None]]
    diverged_at_epoch: int | None = None
    failed: bool = False

    @property
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
        """The runs that count. One without a single epoch is none of them."""
        return [run for run in self.runs if not run.failed and run.epochs]


@dataclass(frozen=True)
class RunColumns:
    """The trained runs of an arm: every column is (runs, epochs), NaN where there is no value to count."""

    seeds: list[int]
    columns: dict[str, Floats]

    @staticmethod
    def of(arm: ArmRuns) -> "RunColumns":
        runs = arm.trained
        epochs = max((run.epochs for run in runs), default=0)
        metrics = dict.fromkeys(name for run in runs for name in run.metrics if name != "epoch")
        columns = {name: np.array([_row(run.metrics.get(name, ()), name, epochs) for run in runs]) for name in metrics}
        return RunColumns([run.seed for run in runs], columns)

    @property
    def epochs(self) -> int:
        return next((column.shape[1] for column in self.columns.values()), 0)

    def final(self, metric: str) -> Floats:
        """(runs,): the last epoch that ran, NaN where the metric was not recorded or not finite."""
        column = self.columns.get(metric)
        return np.full(len(self.seeds), np.nan) if column is None else column[:, -1]


def is_accuracy(metric: str) -> bool:
    return metric.endswith("accuracy")


def lower_is_better(metric: str) -> bool:
    return metric.endswith("loss")


def _row(values: Sequence[float | None], metric: str, epochs: int) -> Floats:
    recorded = np.array(values, dtype=np.float64)
    recorded[~np.isfinite(recorded)] = 0.0 if is_accuracy(metric) else np.nan
    carried = np.nan if metric in PER_EPOCH or not len(recorded) else recorded[-1]
    return np.concatenate([recorded, np.full(epochs - len(recorded), carried)])
