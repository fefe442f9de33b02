"""Time to a threshold, in epochs or seconds, where some runs never reach it.

A run that never reaches the threshold is censored, not dropped. It has used all the training its arm gives, whether
it ran every epoch, diverged or stopped early, so it is censored at the arm's horizon and not where it ended: to censor
a diverged run at its last epoch would say that it could have reached the threshold like the others. With all censoring
at the end, the Kaplan-Meier curve is the empirical one with the censored runs at infinity, which is how times are
held here: ``inf`` is "beyond the horizon".
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bn_models.statistics.intervals import number, sign_flip_p
from bn_models.statistics.runs import Floats, RunColumns, lower_is_better

RESAMPLES = 4_999
BEYOND = 1e100
"""Stands for infinity where sums and squares are taken."""
UNKNOWN = -1.0
"""A ratio of two times beyond the horizon; scipy takes NaN for a degenerate distribution."""


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
    with one horizon); None when nobody reaches the threshold. ``p_adjusted``: Holm over the whole comparison."""

    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None


def epochs_to_threshold(runs: RunColumns, metric: str, threshold: float) -> Floats:
    """(runs,): the first epoch, from 1, whose metric is at the threshold or better; inf where none is."""
    if metric not in runs.columns:
        return np.full(len(runs.seeds), np.inf)
    column = runs.columns[metric]
    good = column <= threshold if lower_is_better(metric) else column >= threshold
    return np.where(good.any(axis=1), good.argmax(axis=1) + 1.0, np.inf)


def seconds_to_threshold(runs: RunColumns, epochs: Floats) -> Floats:
    """(runs,): wall time of the epochs up to and with the one that reached it; inf where none did."""
    reached = np.isfinite(epochs)
    spent = np.nancumsum(runs.columns["seconds"], axis=1) if "seconds" in runs.columns else None
    seconds = np.full(len(epochs), np.inf)
    if spent is not None:
        seconds[reached] = spent[reached, epochs[reached].astype(int) - 1]
    return seconds


def median_time(times: Floats, confidence: float) -> TimeToThreshold:
    if len(times) == 0:
        return TimeToThreshold(None, None, None, 0)
    interval = stats.quantile_test(times, p=0.5).confidence_interval(confidence)
    return TimeToThreshold(median(times), number(interval.low), number(interval.high), int(np.isfinite(times).sum()))


def median(times: Floats) -> float | None:
    return number(np.median(times)) if len(times) else None


def speedup(arm: Floats, baseline: Floats, confidence: float) -> Speedup:
    """``arm`` and ``baseline`` (seeds,) in the same order of seeds."""
    if not np.isfinite([arm, baseline]).any():
        return Speedup(None, None, None, None, None)
    p = sign_flip_p(rank_differences(arm, baseline))
    arm_median, baseline_median = median(arm), median(baseline)
    if arm_median is None or baseline_median is None:
        return Speedup(None, None, None, p, None)
    return Speedup(baseline_median / arm_median, *ratio_interval(arm, baseline, confidence), p, None)


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
    ratios = stats.bootstrap(
        (np.minimum(baseline, BEYOND), np.minimum(arm, BEYOND)), _ratio_of_medians, paired=True, vectorized=True,
        n_resamples=resamples, confidence_level=confidence, method="percentile", rng=np.random.default_rng(0),
    ).bootstrap_distribution  # fmt: skip
    unknown, tail = ratios == UNKNOWN, (1 - confidence) / 2
    low = np.quantile(np.where(unknown, 1 / BEYOND, ratios), tail, method="inverted_cdf")
    high = np.quantile(np.where(unknown, BEYOND, ratios), 1 - tail, method="inverted_cdf")
    return (float(low) if low > BEYOND**-0.5 else None), (float(high) if high < BEYOND**0.5 else None)


def rank_differences(arm: Floats, baseline: Floats) -> Floats:
    """(seeds,): the rank of the baseline's time among all times less that of the arm's; positive: the arm is sooner."""
    ranks = stats.rankdata([baseline, arm]).reshape(2, -1)
    return np.asarray(ranks[0] - ranks[1], dtype=np.float64)


def _ratio_of_medians(baseline: Floats, arm: Floats, axis: int = -1) -> Floats:
    """UNKNOWN where both are beyond the horizon; a median between a time and BEYOND is beyond it as well."""
    over, under = np.median(baseline, axis=axis), np.median(arm, axis=axis)
    return np.where((over >= BEYOND / 2) & (under >= BEYOND / 2), UNKNOWN, over / under)
