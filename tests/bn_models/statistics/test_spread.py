import numpy as np
import pytest
from scipy import stats

from bn_models.statistics.sign_flips import PairedTest, outcomes
from bn_models.statistics.spread import spread, spread_values

RNG = np.random.default_rng(0)
SHARED = RNG.normal(size=40)
ARM, BASELINE = SHARED + RNG.normal(size=40) * 2, SHARED + RNG.normal(size=40)


def test_the_test_is_that_of_pitman_and_morgan() -> None:
    """The correlation of sums and differences is 0 where the variances are equal."""
    expected = stats.pearsonr(ARM + BASELINE, ARM - BASELINE).pvalue
    found = outcomes({"spread": PairedTest(range(40), spread_values(ARM, BASELINE))})["spread"].p
    assert (found < 0.01) == (expected < 0.01)
    assert np.sign(spread_values(ARM, BASELINE).mean()) == np.sign(stats.pearsonr(ARM + BASELINE, ARM - BASELINE)[0])


def test_the_ratio_and_its_interval_do_not_depend_on_the_unit() -> None:
    found = spread(ARM, BASELINE, 0.95, 1.0, None)
    assert found.ratio == pytest.approx(ARM.std(ddof=1) / BASELINE.std(ddof=1))
    assert (found.low or 9) < ARM.std() / BASELINE.std() < (found.high or 0)
    assert spread(1e200 * ARM, 1e200 * BASELINE, 0.95, 1.0, None).ratio == pytest.approx(found.ratio)


def test_independent_arms_have_nearly_the_interval_of_the_f_distribution() -> None:
    rng = np.random.default_rng(4)
    arm, baseline = rng.normal(size=400), rng.normal(size=400)
    found = spread(arm, baseline, 0.95, 1.0, None)
    ratio = arm.std(ddof=1) / baseline.std(ddof=1)
    expected = ratio / np.sqrt(stats.f.ppf([0.975, 0.025], 399, 399))
    assert (found.low, found.high) == pytest.approx(tuple(expected), rel=0.02)


def test_constant_values_and_fewer_than_three_have_no_ratio() -> None:
    assert spread(np.ones(8), ARM[:8], 0.95, 1.0, None).ratio is None
    assert spread(ARM[:2], BASELINE[:2], 0.95, 1.0, None).ratio is None
