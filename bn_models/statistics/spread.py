"""Whether the runs of one arm scatter more than those of another, paired by seed."""

from dataclasses import dataclass

import numpy as np

from bn_models.statistics.intervals import constant, inflation, largest, t_quantile, widened
from bn_models.statistics.runs import Floats


@dataclass(frozen=True)
class Spread:
    """``ratio``: the arm's standard deviation over the baseline's; None where one of them is 0 or there are fewer than
    three seeds. ``low``, ``high``: Morgan's interval (1939), exact for normal values."""

    ratio: float | None
    low: float | None
    high: float | None
    p_adjusted: float | None


def spread_values(arm: Floats, baseline: Floats) -> Floats:
    """(seeds,): squared deviations of the arm less those of the baseline. Exchanging the two runs of a seed, once each
    arm is centred, changes the sign: Pitman's test (1939), by permutation."""
    centred = np.array([arm - arm.mean(), baseline - baseline.mean()])
    squares = (centred / largest(centred.ravel())) ** 2
    return np.asarray(squares[0] - squares[1], dtype=np.float64)


def spread(arm: Floats, baseline: Floats, confidence: float, overlap: float, p_adjusted: float | None) -> Spread:
    n, both = len(arm), np.concatenate([arm, baseline])
    if n < 3 or constant(arm) or constant(baseline):
        return Spread(None, None, None, p_adjusted)
    arm, baseline = (values / largest(both) for values in (arm, baseline))
    ratio = float(arm.std(ddof=1) / baseline.std(ddof=1))
    correlation = float(np.corrcoef(arm, baseline)[0, 1])
    t = float(t_quantile((1 + confidence) / 2, n - 2))
    k = 1 + 2 * max(0.0, 1 - correlation**2) * t**2 / (n - 2)
    factor = float(np.sqrt(k + np.sqrt(k**2 - 1)))
    low, high = (widened(ratio, bound, inflation(n, overlap)) for bound in (ratio / factor, ratio * factor))
    return Spread(ratio, low, high, p_adjusted)
