"""Claims that were written before the first run, and what the runs say of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scipy import stats

from bn_models.statistics.clauses import observed_times
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.equivalence import sides, time_sides
from bn_models.statistics.intervals import mean_interval
from bn_models.statistics.pairing import Pair
from bn_models.statistics.phrases import decimals, interval, p_value, share
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns, RunColumns
from bn_models.statistics.sign_flips import Outcome, PairedTest
from bn_models.statistics.time_to_threshold import epochs_to_threshold
from bn_models.statistics.verdicts import Level

POWER = 0.8
MANY = 10**6
"""Nobody trains more seeds."""
TESTS = {"epochs_to_threshold": "speedup", "spread": "spread", "diverged": "diverged"}
"""Which test of a pair decides a claim; final values decide all others."""


@dataclass(frozen=True)
class Settled:
    text: str
    source: str | None
    verdict: Literal["supported", "contradicted", "undecided"]
    why: str


@dataclass(frozen=True)
class Claimed:
    """A claim with the pair of arms it is about; ``tests`` by "difference" and, of a claim that they are equal, by the
    sides of the margin."""

    claim: Claim
    pair: Pair
    tests: Mapping[str, PairedTest]
    sign: float
    """-1 where a positive value of the test says that the arm's figure is lower."""


def claimed(
    claims: Sequence[Claim], arms: Sequence[ArmRuns], columns: Sequence[RunColumns], question: Question,
    conditions: Conditions,
) -> list[Claimed]:  # fmt: skip
    """Raises ValueError for an arm that there is none of."""
    places = {arm.label: i for i, arm in enumerate(arms)}
    found = []
    for claim in claims:
        if missing := [label for label in (claim.arm, claim.against) if label not in places]:
            raise ValueError(f"there is no arm {missing[0]!r}: arms are {', '.join(places)}")
        about = question if claim.metric in TESTS else replace(question, metric=claim.metric, better=None)
        arm, against = (columns[places[label]] for label in (claim.arm, claim.against))
        times = (epochs_to_threshold(runs, question) for runs in (arm, against))
        pair = Pair.of(about, conditions.overlap, arm, next(times), against, next(times))
        found.append(Claimed(claim, pair, _tests(claim, pair), -1.0 if claim.metric == "epochs_to_threshold" else 1.0))
    return found


def settled(found: Claimed, outcomes: Mapping[str, Outcome], level: Level) -> Settled:
    claim, outcome = found.claim, outcomes.get("difference")
    if outcome is None:
        return _settled(claim, "undecided", _untested(found))
    larger = found.sign * float(found.tests["difference"].values.mean()) > 0
    figures = _figures(found, outcome)
    differs = outcome.p_adjusted <= level.alpha
    if claim.is_ == "equal":
        both = [outcomes[side].p_adjusted for side in found.tests if side in outcomes and side != "difference"]
        if len(both) == 2 and max(both) <= level.alpha:
            return _settled(claim, "supported", f"no difference larger than {claim.margin:g} ({p_value(max(both))})")
        if differs and _beyond(found):
            return _settled(claim, "contradicted", figures)
        return _settled(claim, "undecided", _missing(found, level))
    if differs:
        return _settled(claim, "supported" if larger == (claim.is_ == "higher") else "contradicted", figures)
    return _settled(claim, "undecided", f"{figures}; {_missing(found, level)}")


def _tests(claim: Claim, pair: Pair) -> dict[str, PairedTest]:
    test = pair.tests().get(TESTS.get(claim.metric, "final"))
    if test is None:
        return {}
    test = replace(test, weight=1.0)
    if claim.is_ != "equal" or claim.margin is None or claim.metric == "spread":
        return {"difference": test}
    if claim.metric == "epochs_to_threshold":
        return {"difference": test, **pair.time_tests(time_sides, claim.margin)}
    of_sides = sides(test.values, claim.margin)
    return {
        "difference": test,
        **{side: replace(test, values=values, one_sided=True) for side, values in of_sides.items()},
    }


def _untested(found: Claimed) -> str:
    pair, metric = found.pair, found.claim.metric
    if not pair.seeds:
        return "the arms share no seed"
    if metric == "diverged":
        return "no run of either arm diverged"
    if metric == "epochs_to_threshold":
        return "no run of either arm reaches the threshold"
    return f"no test of {metric} could be made of these runs"


def _settled(claim: Claim, verdict: Literal["supported", "contradicted", "undecided"], why: str) -> Settled:
    return Settled(claim.text, claim.source, verdict, why)


def _figures(found: Claimed, outcome: Outcome) -> str:
    pair, metric = found.pair, found.claim.metric
    if metric in TESTS:
        return (
            f"{_observed(pair, metric)} ({p_value(outcome.p_adjusted)}, {len(found.tests['difference'].seeds)} seeds)"
        )
    means = f"{decimals(float(pair.final.mean()))} against {decimals(float(pair.baseline_final.mean()))}"
    bounds = mean_interval(pair.final - pair.baseline_final, pair.question.confidence, pair.overlap)
    spread = interval(float(bounds.low), float(bounds.high), pair.question.confidence)
    return (
        f"{metric} {means} (difference {decimals(float(bounds.mean))}, {spread}, {p_value(outcome.p_adjusted)}, "
        f"{len(pair.final)} seeds)"
    )


def _observed(pair: Pair, metric: str) -> str:
    if metric == "epochs_to_threshold":
        return f"{pair.question.goal} reached {observed_times(pair.times, pair.baseline_times)}"
    if metric == "diverged":
        return (
            f"{share(int(pair.diverged.sum()), len(pair.seeds))} diverged against {int(pair.baseline_diverged.sum())}"
        )
    arm, baseline = (decimals(float(mean_interval(values, 0.5).sd)) for values in (pair.final, pair.baseline_final))
    return f"sd of {pair.question.metric} {arm} against {baseline}"


def _missing(found: Claimed, level: Level) -> str:
    """How many more seeds would show what is asked for, by the spread of these."""
    if found.claim.is_ == "equal" and len(found.tests) == 1:
        return (
            "to show equality takes a margin" if found.claim.margin is None else "that spreads are equal is not tested"
        )
    if found.claim.metric in TESTS:
        return "more seeds might decide"
    values, margin = found.tests["difference"].values, found.claim.margin
    mean, sd = abs(float(values.mean())), float(mean_interval(values, 0.5).sd)
    shown = mean if margin is None else margin
    # Equality is shown when the mean is inside the margin by more than chance, a difference when it is as large.
    target = max(shown - mean, 0.0) if found.claim.is_ == "equal" else shown
    more = seeds_to_show(target, sd, len(values), found.pair.overlap, level.alpha)
    what = f"that it is within {margin:g}" if found.claim.is_ == "equal" else f"a difference of {decimals(shown)}"
    if more is None:
        return f"no practical number of seeds would show {what}"
    return f"about {more} more seed{'' if more == 1 else 's'} would show {what}"


def seeds_to_show(target: float, sd: float, seeds: int, overlap: float, alpha: float) -> int | None:
    """Seeds beyond ``seeds`` for a power of 0.8 at ``alpha``, two-sided: (1 / J + overlap) s² z² <= target², and
    what sign flips need at least; None where no number does that anyone trains."""
    z = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(POWER))
    if target <= 0:
        return None
    room = min(target / (z * sd), 1e100) ** 2 - overlap if sd > 0 else math.inf
    if room <= 0:
        return None
    needed = max(1 / room + 2, 1 - math.log2(alpha))
    return max(1, math.ceil(needed) - seeds) if needed <= MANY else None


def _beyond(found: Claimed) -> bool:
    """Whether the interval of the difference lies outside the margin, where there is one."""
    if found.claim.margin is None:
        return True
    intervals = [
        mean_interval(test.values, found.pair.question.confidence, found.pair.overlap)
        for side, test in found.tests.items()
        if side != "difference"
    ]
    return any(bool(one.high < 0) for one in intervals)
