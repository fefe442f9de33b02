"""Time to a threshold, in epochs or seconds, where some runs never reach it.

A run that never reaches the threshold is censored, not dropped. It has used all the training its arm gives, whether
it ran every epoch, diverged or stopped early, so it is censored at the arm's horizon and not where it ended: to censor
a diverged run at its last epoch would say that it could have reached the threshold like the others. With all censoring
at the end, the Kaplan-Meier curve is the empirical one with the censored runs at infinity, which is how times are
held here: ``inf`` is "beyond the horizon".
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bn_models.statistics.equivalence import Equivalence
from bn_models.statistics.intervals import inflation, number, widened
from bn_models.statistics.question import Question
from bn_models.statistics.runs import Floats, RunColumns

RESAMPLES = 1_999
BEYOND = 1e100
"""Stands for infinity where sums and squares are taken."""


@dataclass(frozen=True)
class TimeToThreshold:
    """``median``: Kaplan-Meier, None when half of the runs or more never reach it. ``low``, ``high``: the exact
    (order statistics) interval of the median; None where it is open or has too few runs. ``reached``: runs."""

    median: float | None
    low: float | None
    high: float | None
    reached: int


@dataclass(frozen=True)
class Speedup:
    """``ratio``: the baseline's median time over the arm's, over shared seeds; above 1 the arm is sooner. None when a
    median is beyond the horizon. ``low``, ``high``: see ratio_interval. ``p``: sign flips of the seeds' differences in
    pooled rank, censored runs ranking last together (the paired Prentice-Wilcoxon test, O'Brien and Fleming 1987,
    with one horizon); None when nobody reaches the threshold. ``p_adjusted``: in the family of the comparison."""

    ratio: float | None
    low: float | None
    high: float | None
    p: float | None = None
    p_adjusted: float | None = None
    equivalent: Equivalence | None = None


def epochs_to_threshold(runs: RunColumns, question: Question) -> Floats:
    """(runs,): the first epoch, from 1, whose metric is at the threshold or better; inf where none is."""
    if question.threshold is None or question.curve not in runs.columns:
        return np.full(len(runs.seeds), np.inf)
    column = runs.columns[question.curve]
    good = column <= question.threshold if question.lower_is_better else column >= question.threshold
    return np.where(good.any(axis=1), good.argmax(axis=1) + 1.0, np.inf)


def seconds_to_threshold(runs: RunColumns, epochs: Floats) -> Floats:
    """(runs,): wall time of the epochs up to and with the one that reached it; inf where none did."""
    reached = np.isfinite(epochs)
    spent = np.nancumsum(runs.columns["seconds"], axis=1) if "seconds" in runs.columns else None
    seconds = np.full(len(epochs), np.inf)
    if spent is not None:
        seconds[reached] = spent[reached, epochs[reached].astype(int) - 1]
    return seconds


def median_time(times: Floats, confidence: float, overlap: float = 0.0) -> TimeToThreshold:
    found = median(times)
    low = high = None
    if (place := _place_of_bounds(len(times), confidence)) is not None:
        ordered = np.sort(times)
        low, high = number(ordered[place]), number(ordered[-1 - place])
        if found is not None:
            low, high = (widened(found, bound, inflation(len(times), overlap)) for bound in (low, high))
    return TimeToThreshold(found, low, high, int(np.isfinite(times).sum()))


@lru_cache
def _place_of_bounds(n: int, confidence: float) -> int | None:
    """Of the order statistics that bound a median, from either end; None where not even the outermost do."""
    place = int(stats.binom.ppf((1 - confidence) / 2, n, 0.5)) - 1 if n else -1
    if place + 1 <= n and n and stats.binom.cdf(place + 1, n, 0.5) <= (1 - confidence) / 2:
        place += 1
    return place if place >= 0 else None


def median(times: Floats) -> float | None:
    return number(np.median(times)) if len(times) else None


def speedup(arm: Floats, baseline: Floats, confidence: float, overlap: float = 0.0) -> Speedup:
    """``arm`` and ``baseline`` (seeds,) in the same order of seeds."""
    arm_median, baseline_median = median(arm), median(baseline)
    if arm_median is None or baseline_median is None:
        return Speedup(None, None, None)
    ratio = baseline_median / arm_median
    wider = inflation(len(arm), overlap)
    low, high = (widened(ratio, bound, wider) for bound in ratio_interval(arm, baseline, confidence))
    return Speedup(ratio, low, high)


def ratio_interval(
    arm: Floats, baseline: Floats, confidence: float, resamples: int = RESAMPLES
) -> tuple[float | None, float | None]:
    """The interval of the ratio of medians: the paired percentile bootstrap over seeds. None where it is open, and with
    so few seeds that a median has no interval either.

    A resample in which one median is beyond the horizon counts as infinitely fast or slow; one in which both are says
    nothing and widens the interval on both sides.
    """
    if 2.0 ** (1 - len(arm)) > 1 - confidence:
        return None, None
    over, under = (_medians(np.minimum(times, BEYOND), resamples) for times in (baseline, arm))
    unknown, tail = (over >= BEYOND / 2) & (under >= BEYOND / 2), (1 - confidence) / 2
    ratios = over / under  # a median between a time and BEYOND is beyond it as well
    low = np.quantile(np.where(unknown, 1 / BEYOND, ratios), tail, method="inverted_cdf")
    high = np.quantile(np.where(unknown, BEYOND, ratios), 1 - tail, method="inverted_cdf")
    return (float(low) if low > BEYOND**-0.5 else None), (float(high) if high < BEYOND**0.5 else None)


def _medians(times: Floats, count: int) -> Floats:
    """(count,): of resamples, from how often each has the smallest time, the next one, and so on."""
    order = np.argsort(times, kind="stable")
    so_many = np.cumsum(_resamples(len(times), count)[order], axis=0, dtype=np.int16)
    ordered, middle = times[order], (len(times) - 1) / 2
    lower, upper = (
        ordered[np.count_nonzero(so_many <= place, axis=0)] for place in (math.floor(middle), math.ceil(middle))
    )
    return np.asarray((lower + upper) / 2, dtype=np.float64)


@lru_cache(maxsize=4)
def _resamples(n: int, count: int) -> NDArray[np.int16]:
    """How often each of ``n`` seeds is drawn, with replacement, (n, count): the same for every arm."""
    drawn = np.random.default_rng(0).integers(0, n, (count, n))
    return np.array([np.count_nonzero(drawn == seed, axis=1) for seed in range(n)], dtype=np.int16)


def rank_differences(arm: Floats, baseline: Floats) -> Floats:
    """(seeds,): the rank of the baseline's time among all times less that of the arm's; positive: the arm is sooner."""
    ranks = stats.rankdata([baseline, arm]).reshape(2, -1)
    return np.asarray(ranks[0] - ranks[1], dtype=np.float64)
