"""Comparison of the arms of a study: statistics over the runs of each arm, and against a baseline seed by seed.

Arms share seeds (data order, initial weights), so differences are taken within a seed. All tests of a comparison (final
value and time to the threshold, over all arms) are one family for Holm's correction: the chance that any of them
finds a difference where no arm differs is at most 1 - confidence. Intervals are for one quantity each, not corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bn_models.statistics.arm_summary import ArmComparison, summary
from bn_models.statistics.findings import finding
from bn_models.statistics.pairing import corrected, p_values, pair
from bn_models.statistics.runs import Arm, Table
from bn_models.statistics.time_to_threshold import epochs_to_threshold
from bn_models.statistics.verdicts import Question


@dataclass(frozen=True)
class Comparison:
    """``dataclasses.asdict`` of it is the API's Comparison but for ``study_id`` and ``partial``; no value in it is NaN
    or infinite."""

    threshold: float
    metric: str
    confidence: float
    arms: list[ArmComparison]


def compare(
    arms: Sequence[Arm],
    baseline: int | Sequence[int | None],
    threshold: float,
    metric: str = "val_accuracy",
    confidence: float = 0.95,
) -> Comparison:
    """``baseline``: position of the arm that all others are compared with, or for each arm that of its own baseline,
    None for one that is a baseline itself.

    Metrics ending in "loss" are better when lower, and reach the threshold when at or below it. Equal input gives equal
    output: resampling is seeded.
    """
    if isinstance(baseline, int):
        baseline = [None if i == baseline else baseline for i in range(len(arms))]
    tables = [Table.of(arm) for arm in arms]
    times = [epochs_to_threshold(table, metric, threshold) for table in tables]
    uncorrected = [
        None if b is None else pair(tables[i], times[i], tables[b], times[b], metric, confidence)
        for i, b in enumerate(baseline)
    ]
    pairs = list(corrected(uncorrected))
    summaries = [
        summary(arm, table, epochs, confidence, pairing.result if pairing else None)
        for arm, table, epochs, pairing in zip(arms, tables, times, pairs, strict=True)
    ]
    question = Question(metric, threshold, confidence, p_values(pairs))
    compared = [
        replace(arm, finding=finding(arm, summaries[i if b is None else b], pairing, question))
        for i, (arm, b, pairing) in enumerate(zip(summaries, baseline, pairs, strict=True))
    ]
    return Comparison(threshold, metric, confidence, compared)
