"""Intervals of means and of paired differences. None of them is corrected for being one of several."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bn_models.statistics.runs import Floats

Inflation = Callable[[int], float]
"""How many times larger the error of a mean over so many seeds is than that of independent values."""


def independent(seeds: int) -> float:
    return 1.0


@dataclass(frozen=True)
class MeanInterval:
    """Student's t interval of a mean; arrays of one shape. NaN: mean of no value, the others of fewer than two."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats


def mean_interval(values: Floats, confidence: float, inflation: Inflation = independent) -> MeanInterval:
    """Over the first axis of ``values`` (runs, ...); NaN is left out."""
    counted = np.isfinite(values)
    n = counted.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counted, values, 0.0).sum(axis=0) / n
        sd = np.sqrt(np.where(counted, (values - mean) ** 2, 0.0).sum(axis=0) / np.where(n > 1, n - 1, np.nan))
        half = _quantiles(n, confidence) * sd / np.sqrt(n) * inflation(len(values))
    return MeanInterval(mean, sd, mean - half, mean + half)


def _quantiles(n: NDArray[np.int64], confidence: float) -> Floats:
    """Student's for means of ``n`` values; a column has few different ``n``."""
    counts, place = np.unique(np.maximum(n - 1, 1), return_inverse=True)
    return np.array([student(int(count), confidence) for count in counts])[place].reshape(n.shape)


@lru_cache
def student(degrees: int, confidence: float) -> float:
    """How many standard errors an interval reaches."""
    return float(stats.t.ppf((1 + confidence) / 2, degrees))


def effect_size(differences: Floats) -> float | None:
    """Hedges's corrected standardized mean of paired differences, d_z (1 - 3 / (4 (n - 1) - 1)) with d_z = mean / sd
    (Hedges 1981; Lakens 2013). None for fewer than three, as the correction is 0 for two, and when all are equal."""
    n = len(differences)
    if n < 3 or constant(differences):
        return None
    return number(differences.mean() / differences.std(ddof=1) * (1 - 3 / (4 * (n - 1) - 1)))


def constant(values: Floats) -> bool:
    """Whether all values are equal but for rounding, so that their spread says nothing."""
    return bool(len(values) < 2 or values.std(ddof=1) <= 1e-9 * abs(values.mean()))


def widened(estimate: float, bound: float | None, factor: float) -> float | None:
    """A bound of a positive estimate, ``factor`` times as far from it in logarithms."""
    if bound is None or factor == 1.0:
        return bound
    return number(estimate * (bound / estimate) ** factor)


def number(value: float | np.float64 | Floats) -> float | None:
    """A finite float or None, as JSON has it."""
    return float(value) if np.isfinite(value) else None


def numbers(values: Floats) -> list[float | None]:
    """The same of each of (values,)."""
    found = values.astype(object)
    found[~np.isfinite(values)] = None
    as_json: list[float | None] = found.tolist()
    return as_json
