"""Curves begin where something was measured."""

from collections.abc import Sequence
from typing import Any

from bn_models.statistics.runs import ArmRuns, Run


def begin_where_measured(arms: Sequence[ArmRuns], shown: Sequence[dict[str, Any]]) -> None:
    """Takes means out of the ``shown`` arms' curves where not every run of the arm has been measured yet.

    Only runs that were trained elsewhere have such epochs; an accuracy would count as 0 there.
    """
    for arm, curves in zip(arms, (one["curves"] for one in shown), strict=True):
        for metric in curves.keys() - {"epoch"}:
            begin = max((_first(run, metric) for run in arm.trained if metric in run.metrics), default=0)
            for line in curves[metric].values():
                line[:begin] = [None] * min(begin, len(line))


def _first(run: Run, metric: str) -> int:
    return next((i for i, value in enumerate(run.metrics[metric]) if value is not None), 0)
