"""Intervals of a mean and of paired differences, and the paired test of no difference."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bn_models.statistics.runs import Floats

PERMUTATIONS = 9_999
"""Sign flips drawn when there are more than this many; up to 13 pairs all of them are gone through (exact)."""


@dataclass(frozen=True)
class MeanInterval:
    """Student's t interval of a mean; arrays of one shape. NaN: mean of no value, the others of fewer than two."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Difference:
    """Arm minus baseline, paired by seed: mean with Student's t interval; None where too few seeds define it.

    ``effect_size`` is Hedges's corrected standardized mean of the paired differences, d_z (1 - 3 / (4 (n - 1) - 1))
    with d_z = mean / sd (Hedges 1981; Lakens 2013); None also for two seeds, where the correction is 0 whatever they
    are, and when all differences are equal.
    ``p``: see sign_flip_p. ``p_adjusted``: Holm over every test of the comparison.
    """

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    effect_size: float | None


def mean_interval(values: Floats, confidence: float) -> MeanInterval:
    """Over the first axis of ``values`` (runs, ...); NaN is left out."""
    counted = np.isfinite(values)
    n = counted.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counted, values, 0.0).sum(axis=0) / n
        sd = np.sqrt(np.where(counted, (values - mean) ** 2, 0.0).sum(axis=0) / np.where(n > 1, n - 1, np.nan))
        half = stats.t.ppf((1 + confidence) / 2, np.maximum(n - 1, 1)) * sd / np.sqrt(n)
    return MeanInterval(mean, sd, mean - half, mean + half)


def sign_flip_p(differences: Floats) -> float | None:
    """Two-sided p of the mean of paired differences when the sign of each is a fair coin, which it is if the arms are
    equal; exact up to 13 pairs. None for fewer than two. The same differences always give the same p."""
    if len(differences) < 2:
        return None
    result = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", vectorized=True, n_resamples=PERMUTATIONS,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    return float(result.pvalue)


def paired_difference(arm: Floats, baseline: Floats, confidence: float) -> Difference:
    """``arm`` and ``baseline`` (seeds,) in the same order of seeds, all finite."""
    differences = arm - baseline
    interval = mean_interval(differences, confidence)
    mean, sd = number(interval.mean), number(interval.sd)
    return Difference(
        mean, number(interval.low), number(interval.high), sign_flip_p(differences), None,
        effect_size=None if mean is None or sd is None else _effect_size(mean, sd, len(differences)),
    )  # fmt: skip


def number(value: float | np.float64 | Floats) -> float | None:
    """A finite float or None, as JSON has it."""
    return float(value) if np.isfinite(value) else None


def _effect_size(mean: float, sd: float, n: int) -> float | None:
    if n < 3 or sd <= 1e-9 * abs(mean):  # equal differences; what is left of the sd is rounding
        return None
    return mean / sd * (1 - 3 / (4 * (n - 1) - 1))
