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
from bn_models.statistics.runs import ArmRuns, RunColumns
from bn_models.statistics.time_to_threshold import epochs_to_threshold
from bn_models.statistics.verdicts import TestFamily


@dataclass(frozen=True)
class Comparison:
    """``dataclasses.asdict`` of it is the API's Comparison but for ``study_id`` and ``partial``; no value in it is NaN
    or infinite."""

    threshold: float
    metric: str
    confidence: float
    arms: list[ArmComparison]


def compare(
    arms: Sequence[ArmRuns],
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
    columns = [RunColumns.of(arm) for arm in arms]
    times = [epochs_to_threshold(runs, metric, threshold) for runs in columns]
    uncorrected = [
        None if b is None else pair(columns[i], times[i], columns[b], times[b], metric, confidence)
        for i, b in enumerate(baseline)
    ]
    pairs = list(corrected(uncorrected))
    summaries = [
        summary(arm, runs, epochs, confidence, pairing.result if pairing else None)
        for arm, runs, epochs, pairing in zip(arms, columns, times, pairs, strict=True)
    ]
    family = TestFamily(metric, threshold, confidence, p_values(pairs))
    compared = [
        replace(arm, finding=finding(arm, summaries[i if b is None else b], pairing, family))
        for i, (arm, b, pairing) in enumerate(zip(summaries, baseline, pairs, strict=True))
    ]
    return Comparison(threshold, metric, confidence, compared)
