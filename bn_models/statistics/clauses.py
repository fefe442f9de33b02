"""The clauses of a finding: an arm against its baseline in the metric, and in the time to the threshold."""

import numpy as np

from bn_models.statistics.equivalence import Equivalence
from bn_models.statistics.pairing import AgainstBaseline, Pair
from bn_models.statistics.phrases import Write, decimals, epochs, hundredths, interval, p_value, share
from bn_models.statistics.runs import Floats
from bn_models.statistics.time_to_threshold import median
from bn_models.statistics.verdicts import Level, Verdict


def final_verdict(pair: Pair, result: AgainstBaseline, level: Level) -> Verdict | None:
    """None where nothing was tested."""
    final = result.final
    if final.p_adjusted is None or final.low is None or final.high is None:
        return None
    return level.verdict(final.p_adjusted, final.low > 0 or final.high < 0, len(pair.final))


def speed_verdict(pair: Pair, result: AgainstBaseline, level: Level) -> Verdict | None:
    found = result.speedup
    if found.p_adjusted is None:
        return None
    excluded = found.ratio is None
    if found.ratio is not None:
        excluded = (found.low or 0.0) > 1 if sooner(pair) else found.high is not None and found.high < 1
    return level.verdict(found.p_adjusted, excluded, len(pair.times))


def sooner(pair: Pair) -> bool:
    return float(pair.ranks.mean()) > 0


def final_clause(pair: Pair, result: AgainstBaseline, level: Level) -> str:
    name, seeds, final = f"final {pair.question.metric}", len(pair.final), result.final
    if final.difference is None:
        return f"no shared seed has a finite {name} in both arms"
    levels = f"{decimals(float(np.mean(pair.final)))} against {decimals(float(np.mean(pair.baseline_final)))}"
    verdict = final_verdict(pair, result, level)
    if verdict is None or final.p_adjusted is None:
        return f"{name} {levels}"
    spread = " in every seed" if final.effect_size is None else f", {_interval(pair, final.low, final.high)}"
    figures = f"difference {decimals(final.difference)}{spread}, {p_value(final.p_adjusted)}, {seeds} seeds"
    claim = f"{name} {'higher' if final.difference > 0 else 'lower'},"
    same = _equivalent(final.equivalent, name, f"larger than {final.equivalent.margin:g}" if final.equivalent else "")
    return f"{same}{_opening(verdict, claim, name, level)} {levels} ({figures})"


def speed_clause(pair: Pair, result: AgainstBaseline, level: Level) -> str:
    arm, baseline, found, goal = pair.times, pair.baseline_times, result.speedup, pair.question.goal
    if not pair.timed:
        return f"{pair.question.curve} was not recorded by epoch in both arms"
    observed = observed_times(arm, baseline)
    verdict = speed_verdict(pair, result, level)
    if verdict is None or found.p_adjusted is None:
        return f"{goal} reached {observed}"
    figures = p_value(found.p_adjusted)
    if found.ratio is not None:
        spread = _interval(pair, found.low, found.high, hundredths)
        where = " in every seed" if _constant(arm, baseline) else f", {spread}"
        figures = f"speed-up {hundredths(found.ratio)}{where}, {figures}"
    often = "" if found.ratio is not None else " or more often" if sooner(pair) else " or less often"
    claim = f"{goal} reached {'sooner' if sooner(pair) else 'later'}{often},"
    subject = f"how soon {goal} is reached"
    same = _equivalent(
        found.equivalent, subject, f"by more than a factor of {found.equivalent.margin:g}" if found.equivalent else ""
    )
    opening = f"{goal} reached," if verdict is Verdict.TOO_FEW else _opening(verdict, claim, subject, level)
    return f"{same}{opening} {observed} ({figures})"


def spread_clause(pair: Pair, result: AgainstBaseline, level: Level) -> list[str]:
    """Said only where it was found, as nobody asked, and where no run diverged, which says it better."""
    found = result.spread
    if found.p_adjusted is None or found.ratio is None or found.p_adjusted > level.alpha:
        return []
    if pair.diverged.any() or pair.baseline_diverged.any():
        return []
    wider = "more" if found.ratio > 1 else "less"
    bounds = _interval(pair, found.low, found.high, hundredths)
    return [f"its runs scatter {wider} (ratio of sds {hundredths(found.ratio)}, {bounds}, {p_value(found.p_adjusted)})"]


def _interval(pair: Pair, low: float | None, high: float | None, write: Write = decimals) -> str:
    return interval(low, high, pair.question.confidence, write)


def _equivalent(found: Equivalence | None, subject: str, bound: str) -> str:
    if found is None or found.verdict != "equivalent":
        return ""
    return f"no difference {bound} in {subject} ({p_value(found.p_adjusted)}): "


def _constant(arm: Floats, baseline: Floats) -> bool:
    """Whether every seed has the same ratio, of which resampling knows no variation."""
    return bool(np.isfinite([arm, baseline]).all() and len(np.unique(baseline / arm)) == 1)


def observed_times(arm: Floats, baseline: Floats) -> str:
    """Medians where both exist, and how many runs reached the threshold where not all did."""
    reached = [int(np.isfinite(times).sum()) for times in (arm, baseline)]
    counts = f"in {share(reached[0], len(arm))} against {reached[1]}"
    arm_median, baseline_median = median(arm), median(baseline)
    if arm_median is None or baseline_median is None:
        return counts
    medians = f"{'median ' if len(arm) > 1 else 'after '}{epochs(arm_median)} against {baseline_median:g}"
    return medians if min(reached) == len(arm) else f"{medians}, {counts}"


def _opening(verdict: Verdict, claim: str, subject: str, level: Level) -> str:
    return {
        Verdict.FOUND: claim,
        Verdict.UNCLEAR: f"no clear difference (test and interval disagree) in {subject},",
        Verdict.NOT_AMONG_SO_MANY: f"no clear difference in {subject} (the interval alone excludes none, "
        f"the test, corrected for {level.tests}, does not),",
        Verdict.NOT_FOUND: f"no difference found in {subject},",
        Verdict.TOO_FEW: f"{subject}",
    }[verdict]
