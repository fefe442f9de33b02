"""What may be said of a difference, and the clauses that say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from bn_models.statistics.pairing import Pairing
from bn_models.statistics.phrases import decimals, epochs, hundredths, interval, p_value, share
from bn_models.statistics.runs import Floats
from bn_models.statistics.time_to_threshold import median, rank_differences


class Verdict(Enum):
    """FOUND: the corrected test rejects and the interval excludes no difference. UNCLEAR: only the test does.
    NOT_FOUND is not equality. TOO_FEW: not even the same sign in every seed would make the test reject."""

    FOUND = "found"
    UNCLEAR = "unclear"
    NOT_FOUND = "not found"
    TOO_FEW = "too few seeds"


@dataclass(frozen=True)
class TestFamily:
    """What the tests of a comparison ask, and the uncorrected ``p_values`` of all of them: Holm's family."""

    metric: str
    threshold: float
    confidence: float
    p_values: Sequence[float]

    @property
    def goal(self) -> str:
        return f"{self.metric} {self.threshold:g}"

    def verdict(self, p_adjusted: float, excluded: bool, seeds: int) -> Verdict:
        """``excluded``: the interval leaves out "no difference", on the side of the estimate."""
        if self.too_few(seeds):
            return Verdict.TOO_FEW
        if p_adjusted > 1 - self.confidence:
            return Verdict.NOT_FOUND
        return Verdict.FOUND if excluded else Verdict.UNCLEAR

    def too_few(self, seeds: int) -> bool:
        """Whether Holm would not reject the smallest p that sign flips have, the other tests being as they are."""
        smallest = 2.0 ** (1 - seeds)
        return smallest * sum(p >= smallest for p in self.p_values) > 1 - self.confidence


def final_clause(pairing: Pairing, family: TestFamily) -> str:
    name, seeds, result = f"final {family.metric}", len(pairing.final), pairing.result.final
    if result.difference is None:
        return f"no shared seed has a finite {name} in both arms"
    levels = f"{decimals(float(np.mean(pairing.final)))} against {decimals(float(np.mean(pairing.baseline_final)))}"
    if result.p_adjusted is None or result.low is None or result.high is None:
        return f"{name} {levels}"
    constant = result.effect_size is None
    spread = " in every seed" if constant else f", {interval(result.low, result.high, family.confidence)}"
    figures = f"difference {decimals(result.difference)}{spread}, {p_value(result.p_adjusted)}, {seeds} seeds"
    verdict = family.verdict(result.p_adjusted, result.low > 0 or result.high < 0, seeds)
    claim = f"{name} {'higher' if result.difference > 0 else 'lower'},"
    return f"{_opening(verdict, claim, name)} {levels} ({figures})"


def speed_clause(pairing: Pairing, family: TestFamily) -> str:
    arm, baseline, result = pairing.times, pairing.baseline_times, pairing.result.speedup
    observed = _observed_times(arm, baseline)
    if result.p_adjusted is None:
        return f"{family.goal} reached {observed}"
    sooner = float(rank_differences(arm, baseline).mean()) > 0
    excluded, figures = True, p_value(result.p_adjusted)
    if result.ratio is not None:
        excluded = (result.low or 0.0) > 1 if sooner else result.high is not None and result.high < 1
        spread = interval(result.low, result.high, family.confidence, hundredths)
        where = " in every seed" if _constant(arm, baseline) else f", {spread}"
        figures = f"speed-up {hundredths(result.ratio)}{where}, {figures}"
    verdict = family.verdict(result.p_adjusted, excluded, len(arm))
    often = "" if result.ratio is not None else " or more often" if sooner else " or less often"
    claim = f"{family.goal} reached {'sooner' if sooner else 'later'}{often},"
    opening = (
        f"{family.goal} reached,"
        if verdict is Verdict.TOO_FEW
        else _opening(verdict, claim, f"how soon {family.goal} is reached")
    )
    return f"{opening} {observed} ({figures})"


def _constant(arm: Floats, baseline: Floats) -> bool:
    """Whether every seed has the same ratio, of which resampling knows no variation."""
    return bool(np.isfinite([arm, baseline]).all() and len(np.unique(baseline / arm)) == 1)


def _observed_times(arm: Floats, baseline: Floats) -> str:
    """Medians where both exist, and how many runs reached the threshold where not all did."""
    reached = [int(np.isfinite(times).sum()) for times in (arm, baseline)]
    counts = f"in {share(reached[0], len(arm))} against {reached[1]}"
    arm_median, baseline_median = median(arm), median(baseline)
    if arm_median is None or baseline_median is None:
        return counts
    medians = f"{'median ' if len(arm) > 1 else 'after '}{epochs(arm_median)} against {baseline_median:g}"
    return medians if min(reached) == len(arm) else f"{medians}, {counts}"


def _opening(verdict: Verdict, claim: str, subject: str) -> str:
    return {
        Verdict.FOUND: claim,
        Verdict.UNCLEAR: f"no clear difference (test and interval disagree) in {subject},",
        Verdict.NOT_FOUND: f"no difference found in {subject},",
        Verdict.TOO_FEW: f"{subject}",
    }[verdict]
