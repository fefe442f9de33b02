"""Tuned against tuned: each arm at its own best value of a factor, against the baseline at its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.statistics.arm_summary import Mean, mean
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.intervals import effect_size, mean_interval, number
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
    """``differences`` (seeds,) from the baseline, of ``seeds`` with finite values in both; ``test`` is None for a
    baseline."""

    arm: Tuned
    differences: Floats
    test: PairedTest | None

    def result(self, outcome: Outcome | None, question: Question, conditions: Conditions) -> TunedArm:
        arm, against = self.arm, None
        if self.test is not None:
            interval = mean_interval(self.differences, question.confidence, conditions.inflation)
            against = {
                "final": Difference(
                    number(interval.mean), number(interval.low), number(interval.high),
                    outcome.p if outcome else None, outcome.p_adjusted if outcome else None,
                    effect_size(self.differences),
                )
            }  # fmt: skip
        final = mean(arm.reported, question.metric, question.confidence, conditions.inflation)
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
        pairs.append(_pair(one, None if baseline is None else found[baseline], conditions))
    return pairs


def _pair(arm: Tuned, baseline: Tuned | None, conditions: Conditions) -> TunedPair:
    if baseline is None:
        return TunedPair(arm, np.empty(0), None)
    seeds, mine, theirs = np.intersect1d(arm.seeds, baseline.seeds, return_indices=True)
    with np.errstate(invalid="ignore"):
        differences = arm.reported[mine] - baseline.reported[theirs]
    finite = np.isfinite(differences)
    of_seeds = [int(seed) for seed in seeds[finite]]
    test = PairedTest(of_seeds, differences[finite], inflation=conditions.inflation(len(of_seeds)))
    return TunedPair(arm, differences[finite], test)
