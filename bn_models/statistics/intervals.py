"""Intervals of means and of paired differences. None of them is corrected for being one of several."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from bn_models.statistics.runs import Floats


def inflation(seeds: int, overlap: float) -> float:
    """How many times larger the standard error of a mean over ``seeds`` is than that of independent values: splits of
    one table share rows, and their variance is (1 / J + n_test / n_train) s² instead of s² / J (Nadeau and Bengio
    2003). ``overlap``: n_test / n_train, 0 where the rows of the seeds are independent."""
    return float((1 + seeds * overlap) ** 0.5)


def t_quantile(probability: float, degrees: Floats | int) -> Floats:
    """Of Student's t; elementwise."""
    return np.asarray(special.stdtrit(degrees, probability), dtype=np.float64)


@dataclass(frozen=True)
class MeanInterval:
    """Student's t interval of a mean; arrays of one shape. NaN: mean of no value, the others of fewer than two."""

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats


def mean_interval(values: Floats, confidence: float, overlap: float = 0.0) -> MeanInterval:
    """Over the first axis of ``values`` (runs, ...); NaN is left out. ``overlap``: see :func:`inflation`."""
    counted = np.isfinite(values)
    n = counted.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counted, values, 0.0).sum(axis=0) / n
        deviations = np.where(counted, values - mean, 0.0)
        scale = largest(deviations)
        sd = scale * np.sqrt(((deviations / scale) ** 2).sum(axis=0) / np.where(n > 1, n - 1, np.nan))
        half = t_quantile((1 + confidence) / 2, np.maximum(n - 1, 1)) * sd * np.sqrt(1 / n + overlap)
    return MeanInterval(mean, sd, mean - half, mean + half)


def largest(values: Floats) -> Floats:
    """Size of the largest along the first axis, 1 where all are 0: what is divided by it can be squared, however small
    or large it was."""
    found = np.abs(values).max(axis=0, initial=0.0)
    return np.where(found > 0, found, 1.0)


def effect_size(differences: Floats) -> float | None:
    """Hedges's corrected standardized mean of paired differences, d_z (1 - 3 / (4 (n - 1) - 1)) with d_z = mean / sd
    (Hedges 1981; Lakens 2013). None for fewer than three, as the correction is 0 for two, and when all are equal."""
    n = len(differences)
    if n < 3 or constant(differences):
        return None
    differences = differences / largest(differences)
    return float(differences.mean() / differences.std(ddof=1)) * (1 - 3 / (4 * (n - 1) - 1))


def constant(values: Floats) -> bool:
    """Whether all values are equal but for rounding, so that their spread says nothing."""
    values = values / largest(values)
    return bool(len(values) < 2 or values.std(ddof=1) <= 1e-9 * abs(values.mean()))


def widened(estimate: float, bound: float | None, factor: float) -> float | None:
    """A bound of a positive estimate, ``factor`` times as far from it in logarithms."""
    if bound is None or factor == 1.0:
        return bound
    return float(estimate * (bound / estimate) ** factor)


def number(value: float | np.float64 | Floats) -> float | None:
    """A finite float or None, as JSON has it."""
    return float(value) if np.isfinite(value) else None


def numbers(values: Floats) -> list[float | None]:
    """The same of an array (values,)."""
    found = values.astype(object)
    found[~np.isfinite(values)] = None
    return list(found)
