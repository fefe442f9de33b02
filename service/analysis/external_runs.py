"""Runs that were trained elsewhere, as the values that a study's comparison and reports are made from.

Only some epochs may have a row, and only some rows a cell: what was measured last stands until the next measurement,
so that a threshold is reached at the epoch whose row shows it.

A run has diverged when all its losses and errors end as NaN or infinite. In any other run NaN is what pandas makes of
an empty cell, and means that nothing was measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bn_models.statistics.conditions import Conditions
from bn_models.statistics.metric_names import ACCURACY_GAP, PER_EPOCH, curve_of, is_accuracy, lower_is_better
from bn_models.statistics.question import USUAL_THRESHOLD, Question
from bn_models.statistics.runs import ArmRuns, Run
from service.analysis.external_question import ExternalQuestion
from service.analysis.run_table import Columns, Place, RunTable, listed, read_csv, read_table
from service.analysis.study_data import StudyData
from service.errors import Invalid

TITLE = "Runs trained elsewhere"
USUAL_METRIC = "val_accuracy"
MOST_VALUES, MOST_POINTS = 5_000_000, 500_000
"""Values of all runs, and points of all curves: an epoch without a row has them, too."""
Recorded = Mapping[int, float | None]
"""A metric of a run by epoch."""


@dataclass(frozen=True)
class ExternalRuns:
    """As they were sent: ``table`` is a CSV, or columns out of a JSON body."""

    table: bytes | Columns
    question: ExternalQuestion

    @property
    def place(self) -> Place:
        return ("body",) if isinstance(self.table, bytes) else ("body", "columns")

    def wrong(self, option: str, message: str) -> Invalid:
        """``option`` of the question cannot be what it is."""
        return Invalid.at(
            ["query" if isinstance(self.table, bytes) else "body", option], message, f"{option}: {message}"
        )


def external_data(runs: ExternalRuns) -> tuple[StudyData, Question]:
    """Raises Invalid, which says where in the request and what there is."""
    columns = read_csv(runs.table, runs.place) if isinstance(runs.table, bytes) else runs.table
    table = read_table(columns, runs.place)
    labels = list(table.runs)
    baseline = runs.question.baseline
    if baseline is None or baseline.strip() not in labels:
        wrong = (
            "say which arm the others are compared with" if baseline is None else f"there is no arm {baseline!r:.60}"
        )
        raise runs.wrong("baseline", f"{wrong}: the arms are {listed(labels)}")
    first = labels.index(baseline.strip())
    question = _question(runs, table)
    data = StudyData(
        id=None, name=TITLE, design={}, preset=None, partial=False, cancelled=0, conditions=_conditions(runs),
        arms=_arms(table, runs.place), baselines=[None if i == first else first for i in range(len(labels))], specs=(),
    )  # fmt: skip
    return data, question


def _question(runs: ExternalRuns, table: RunTable) -> Question:
    asked, metric = runs.question, _metric(runs, table)
    return Question(
        metric=metric, threshold=_threshold(runs, table, metric), confidence=asked.confidence, margin=asked.margin,
        ratio_margin=asked.ratio_margin, better=asked.better,
    )  # fmt: skip


def _metric(runs: ExternalRuns, table: RunTable) -> str:
    known = [name for name in table.metrics if name not in PER_EPOCH]
    if not known:
        raise Invalid.at(runs.place, "there is no metric: give it a column of its own beside 'arm', 'seed' and 'epoch'")
    asked = runs.question.metric
    if asked is None:
        if USUAL_METRIC in known or len(known) == 1:
            return USUAL_METRIC if USUAL_METRIC in known else known[0]
        raise runs.wrong("metric", f"say which metric is compared: there are {listed(known)}")
    has_gap = "train_accuracy" in known and bool({"val_accuracy", "test_accuracy"} & {*known})
    if asked not in known and not (asked == ACCURACY_GAP and has_gap):
        raise runs.wrong("metric", f"there is no metric {asked!r:.60}: there are {listed(known)}")
    return asked


def _threshold(runs: ExternalRuns, table: RunTable, metric: str) -> float | None:
    threshold, curve = runs.question.threshold, curve_of(metric)
    curved = table.by_epoch and curve in table.metrics
    if threshold is None:
        return USUAL_THRESHOLD if curved and is_accuracy(metric) else None
    if not table.by_epoch:
        raise runs.wrong("threshold", "no run has two epochs, so none reaches a threshold in the course of training")
    if not curved:
        by = f"by epoch it is looked for in {curve!r}, which is not there" if curve else "it is known at the end only"
        raise runs.wrong("threshold", f"none can be reached in {metric}: {by}")
    if is_accuracy(metric) and not 0 <= threshold <= 1:
        raise runs.wrong("threshold", f"{metric} is from 0 to 1, and so is a threshold of it: not {threshold:g}")
    return threshold


def _conditions(runs: ExternalRuns) -> Conditions:
    asked = runs.question
    if asked.split == "one" and asked.test_rows is None:
        raise runs.wrong("test_rows", "a finding over one split says on how many rows it was made: give 'test_rows'")
    overlap = 0.0
    if asked.split == "a seed" and asked.test_rows and asked.train_rows:
        overlap = asked.test_rows / asked.train_rows
    return Conditions(test_rows=asked.test_rows, split=asked.split or "unknown", overlap=overlap)


def _arms(table: RunTable, place: Place) -> list[ArmRuns]:
    """Raises Invalid for epochs that would fill the memory."""
    longest = {arm: max(max(rows) for rows in runs.values()) for arm, runs in table.runs.items()}
    values = len(table.metrics) * sum(longest[arm] * len(runs) for arm, runs in table.runs.items())
    points = len(table.metrics) * sum(longest.values())
    if values > MOST_VALUES or points > MOST_POINTS:
        message = (
            f"metrics x epochs are {values:,} values of all runs and {points:,} of all curves, epochs without a row "
            f"among them; {MOST_VALUES:,} and {MOST_POINTS:,} at most: leave out metrics, or count the rows of a run"
        )
        raise Invalid.at(place, message)
    return [
        ArmRuns(arm, {}, [_run(seed, rows, table.metrics) for seed, rows in sorted(runs.items())])
        for arm, runs in table.runs.items()
    ]


def _run(seed: int, rows: Mapping[int, int], metrics: Mapping[str, Sequence[float | None]]) -> Run:
    recorded = {name: {epoch: column[row] for epoch, row in sorted(rows.items())} for name, column in metrics.items()}
    diverged = _diverged_at(recorded)
    filled = {name: _filled(values, name, max(rows), diverged is not None) for name, values in recorded.items()}
    measured = {name: column for name, column in filled.items() if any(value is not None for value in column)}
    epochs = {"epoch": range(1, max(rows) + 1)}  # a run without any value has run all the same
    return Run(seed, {**epochs, **measured}, diverged)


def _diverged_at(recorded: Mapping[str, Recorded]) -> int | None:
    """The first epoch of those that end a run without a finite loss or error."""
    ends = []
    for name, values in recorded.items():
        measured = [(epoch, value) for epoch, value in values.items() if value is not None]
        if lower_is_better(name) and name != ACCURACY_GAP and measured:
            last_finite = max((epoch for epoch, value in measured if math.isfinite(value)), default=0)
            after = [epoch for epoch, _ in measured if epoch > last_finite]
            if not after:
                return None
            ends.append(after[0])
    return min(ends, default=None)


def _filled(values: Recorded, name: str, epochs: int, diverged: bool) -> list[float | None]:
    """A value an epoch from 1; None before the first measurement."""
    column: list[float | None] = []
    stands: float | None = None
    for epoch in range(1, epochs + 1):
        value = values.get(epoch)
        if value is not None and math.isnan(value) and not diverged:
            value = None
        if value is not None or name in PER_EPOCH:  # what an epoch cost is not spent again
            stands = value
        column.append(stands)
    return column
