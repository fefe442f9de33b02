"""Tuned against tuned: each arm at its own best value of a factor, against the baseline at its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.statistics.arm_summary import Mean, mean
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.intervals import constant, inflation, mean_interval
from bn_models.statistics.pairing import Difference
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, RunColumns
from bn_models.statistics.sign_flips import Outcome, PairedTest
from bn_models.statistics.tuning import Span, Tuned, tuned


@dataclass(frozen=True)
class TunedArm:
    """As the API's Comparison has it; see :class:`bn_models.statistics.tuning.Tuned`."""

    label: str
    best: Any
    chosen: Mapping[str, int]
    final: Mean
    against_baseline: Mapping[str, Difference] | None
    tolerance: Span | None
    largest: Span | None
    edge: str | None
    expected_best: list[float]


@dataclass(frozen=True)
class TunedPair:
    """``differences`` (seeds,) from the baseline, where both have finite values; ``test`` is None for a baseline.

    ``overlap``: that of the splits, and the variance that choosing adds to the mean as a part of that of a seed: all
    seeds of a half are reported at one choice, so their own scatter does not contain it. The choices of halves of the
    seeds vary about as those of other seeds would (half-sampling, McCarthy 1969).
    """

    arm: Tuned
    differences: Floats
    overlap: float
    test: PairedTest | None

    def result(self, outcome: Outcome | None, question: Question, conditions: Conditions) -> TunedArm:
        arm, against = self.arm, None
        if self.test is not None:
            against = {"final": Difference.of(self.differences, question.confidence, self.overlap, outcome)}
        final = mean(arm.reported, question.metric, question.confidence, conditions.overlap)
        return TunedArm(
            arm.label, arm.best, arm.chosen, final, against, arm.tolerance, arm.largest, arm.edge, arm.expected_best
        )


def of(
    arms: Sequence[ArmRuns], columns: Sequence[RunColumns], baselines: Sequence[int | None], question: Question,
    conditions: Conditions,
) -> list[TunedPair]:  # fmt: skip
    """One for each setting of the other factors; none where no factor is to be tuned."""
    if question.tune is None:
        return []
    found = tuned(arms, columns, question.tune, question)
    place = {member: i for i, one in enumerate(found) for member in one.members}
    pairs = []
    for i, one in enumerate(found):
        theirs = {place.get(b) for member in one.members if (b := baselines[member]) is not None} - {None, i}
        baseline = next(iter(theirs), None)
        pairs.append(_pair(one, None if baseline is None else found[baseline], question, conditions))
    return pairs


def _pair(arm: Tuned, baseline: Tuned | None, question: Question, conditions: Conditions) -> TunedPair:
    if baseline is None:
        return TunedPair(arm, np.empty(0), 0.0, None)
    seeds, mine, theirs = np.intersect1d(arm.seeds, baseline.seeds, return_indices=True)
    with np.errstate(invalid="ignore"):
        differences = arm.reported[mine] - baseline.reported[theirs]
    finite = np.isfinite(differences)
    of_seeds = [int(seed) for seed in seeds[finite]]
    differences, overlap = differences[finite], conditions.overlap
    if not constant(differences):
        choice, scatter = (
            mean_interval(values, question.confidence).sd for values in (arm.levels - baseline.levels, differences)
        )
        overlap += float(np.nan_to_num(choice / scatter)) ** 2
    test = PairedTest(of_seeds, differences, inflation=inflation(len(of_seeds), overlap))
    return TunedPair(arm, differences, overlap, test)
