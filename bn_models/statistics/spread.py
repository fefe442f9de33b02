"""Whether the runs of one arm scatter more than those of another, paired by seed."""

from dataclasses import dataclass

import numpy as np

from bn_models.statistics.intervals import constant, student, widened
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
    arm, baseline = _scaled(arm, baseline)
    values: Floats = (arm - arm.mean()) ** 2 - (baseline - baseline.mean()) ** 2
    return values


def spread(arm: Floats, baseline: Floats, confidence: float, inflation: float, p_adjusted: float | None) -> Spread:
    n = len(arm)
    arm, baseline = _scaled(arm, baseline)
    if n < 3 or constant(arm) or constant(baseline):
        return Spread(None, None, None, p_adjusted)
    ratio = float(arm.std(ddof=1) / baseline.std(ddof=1))
    correlation = float(np.corrcoef(arm, baseline)[0, 1])
    t = student(n - 2, confidence)
    k = 1 + 2 * max(0.0, 1 - correlation**2) * t**2 / (n - 2)
    factor = float(np.sqrt(k + np.sqrt(k**2 - 1)))
    low, high = widened(ratio, ratio / factor, inflation), widened(ratio, ratio * factor, inflation)
    return Spread(ratio, low, high, p_adjusted)


def _scaled(arm: Floats, baseline: Floats) -> tuple[Floats, Floats]:
    """Parts of the largest value, whose squares neither vanish nor overflow."""
    largest = float(np.max(np.abs([arm, baseline]), initial=0.0)) or 1.0
    return arm / largest, baseline / largest
