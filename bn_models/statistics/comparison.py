"""Comparison of the arms of a study: statistics over the runs of each arm, and against a baseline seed by seed.

Arms share seeds (data order, initial weights), so differences are taken within a seed. All tests of a comparison are
one family (:mod:`bn_models.statistics.sign_flips`): the chance that any of them finds something where no arm differs
is at most 1 - confidence. Intervals are for one quantity each, not corrected.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bn_models.statistics import tuned_arms
from bn_models.statistics.arm_summary import ArmComparison, summary
from bn_models.statistics.claims import Settled, claimed, settled
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.findings import Compared, Frame, finding, headline
from bn_models.statistics.interactions import interaction_out, interactions
from bn_models.statistics.looks import chance_of_a_false_finding
from bn_models.statistics.pairing import Pair
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns, RunColumns
from bn_models.statistics.sign_flips import Outcome, PairedTest, outcomes
from bn_models.statistics.time_to_threshold import epochs_to_threshold
from bn_models.statistics.tuned_arms import TunedArm
from bn_models.statistics.verdicts import Level

Tests = dict[Hashable, PairedTest]


@dataclass(frozen=True)
class Comparison:
    """``dataclasses.asdict`` of it is the API's Comparison but for ``study_id`` and ``partial``; no value in it is NaN
    or infinite."""

    threshold: float | None
    metric: str
    confidence: float
    margin: float | None
    ratio_margin: float | None
    conditions: dict[str, Any]
    arms: list[ArmComparison]
    interactions: list[dict[str, Any]]
    tuned: list[TunedArm]
    claims: list[Settled]
    headline: str


def compare(
    arms: Sequence[ArmRuns],
    baseline: int | Sequence[int | None],
    question: Question = Question(),  # noqa: B008 - frozen
    conditions: Conditions = Conditions(),  # noqa: B008 - frozen
    claims: Sequence[Claim] = (),
) -> Comparison:
    """``baseline``: position of the arm that all others are compared with, or for each arm that of its own baseline,
    None for one that is a baseline itself.

    Equal input gives equal output: what is drawn is seeded. Raises ValueError for a claim about an arm that there is
    none of.
    """
    if isinstance(baseline, int):
        baseline = [None if i == baseline else baseline for i in range(len(arms))]
    columns = [RunColumns.of(arm) for arm in arms]
    times = [epochs_to_threshold(runs, question) for runs in columns]
    pairs = [
        None if b is None else Pair.of(question, conditions.overlap, columns[i], times[i], columns[b], times[b])
        for i, b in enumerate(baseline)
    ]
    between = (
        [] if question.interaction is None else interactions(arms, pairs, baseline, question.interaction, conditions)
    )
    tuned = tuned_arms.of(arms, columns, baseline, question, conditions)
    said = claimed(claims, arms, columns, question, conditions)

    tests: Tests = {
        ("arm", i, name): test for i, pair in enumerate(pairs) if pair for name, test in pair.tests().items()
    }
    tests |= {("interaction", i): found.test for i, found in enumerate(between)}
    tests |= {("tuned", i): test for i, one in enumerate(tuned) if (test := one.test) is not None}
    tests |= {("claim", i, name): test for i, one in enumerate(said) for name, test in one.tests.items()}
    found = outcomes(tests, conditions.spend)
    of = _grouped(found)

    frame = Frame(
        question, conditions, Level(question.alpha, conditions.spend, len(found)), _chance(tests, question, conditions)
    )
    summaries = [
        summary(arm, runs, epochs, question, conditions.overlap)
        for arm, runs, epochs in zip(arms, columns, times, strict=True)
    ]
    compared = [
        Compared(arm, arm if b is None else summaries[b], pair, None if pair is None else pair.result(of["arm", i]))
        for i, (arm, b, pair) in enumerate(zip(summaries, baseline, pairs, strict=True))
    ]
    lines = [headline(one, frame) for one in compared]
    return Comparison(
        threshold=question.threshold,
        metric=question.metric,
        confidence=question.confidence,
        margin=question.margin,
        ratio_margin=question.ratio_margin,
        conditions={**asdict(conditions), "chance_of_a_false_finding": frame.chance_of_a_false_finding},
        arms=[
            ArmComparison(**vars(one.arm), against_baseline=one.result, finding=finding(one, frame), headline=line)
            for one, line in zip(compared, lines, strict=True)
        ],
        interactions=[
            interaction_out(one, found.get(("interaction", i)), question, conditions) for i, one in enumerate(between)
        ],
        tuned=[one.result(found.get(("tuned", i)), question, conditions) for i, one in enumerate(tuned)],
        claims=[settled(one, of["claim", i], frame.level) for i, one in enumerate(said)],
        headline="\n".join(lines),
    )


def _grouped(found: Mapping[Hashable, Outcome]) -> Mapping[tuple[str, int], dict[str, Outcome]]:
    """The outcomes of each arm and claim, by the names of their tests."""
    groups: dict[tuple[str, int], dict[str, Outcome]] = defaultdict(dict)
    for key, outcome in found.items():
        if isinstance(key, tuple) and len(key) == 3:
            groups[key[:2]][key[2]] = outcome
    return groups


def _chance(tests: Tests, question: Question, conditions: Conditions) -> float | None:
    if conditions.as_planned or len(conditions.looks) < 2:
        return None
    return chance_of_a_false_finding(list(tests.values()), conditions.looks, question.alpha)
