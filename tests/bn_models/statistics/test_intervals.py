import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from bn_models.statistics.intervals import effect_size, mean_interval, widened

SLEEP = np.array([[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
                  [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]])  # fmt: skip
"""Student (1908), hours of sleep gained with two drugs; the data of R's ``sleep``."""


def test_the_published_paired_comparison_of_student() -> None:
    found = mean_interval(SLEEP[1] - SLEEP[0], 0.95)
    assert found.mean == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)
    assert effect_size(SLEEP[1] - SLEEP[0]) == pytest.approx(1.58 / 1.229995 * (1 - 3 / 35), abs=1e-5)


def test_mean_interval_is_that_of_statsmodels() -> None:
    values = np.random.default_rng(0).normal(size=(12, 3))
    found = mean_interval(values, 0.9)
    low, high = DescrStatsW(values).tconfint_mean(alpha=0.1)
    assert_allclose([found.low, found.high], [low, high])
    assert_allclose(found.sd, values.std(axis=0, ddof=1))


def test_mean_interval_leaves_out_nan_and_needs_two_values() -> None:
    values = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [2.0, np.nan, np.nan]])
    found = mean_interval(values, 0.95)
    assert_allclose(found.mean, [2.0, 5.0, np.nan])
    assert_allclose(found.sd, [1.0, np.nan, np.nan])
    assert_allclose(found.low, [2.0 - stats.t.ppf(0.975, 2) / 3**0.5, np.nan, np.nan])


@pytest.mark.parametrize("values", [[0.1] * 8, [0.0] * 8, [0.4, 0.3], [0.4]])
def test_equal_differences_and_fewer_than_three_have_no_effect_size(values: list[float]) -> None:
    assert effect_size(np.array(values)) is None


def test_seeds_that_share_rows_have_wider_intervals() -> None:
    values = np.random.default_rng(0).normal(size=10)
    plain, wide = mean_interval(values, 0.95), mean_interval(values, 0.95, 0.25)
    assert wide.mean == plain.mean
    assert (wide.high - wide.low) / (plain.high - plain.low) == pytest.approx(3.5**0.5)
    assert widened(2.0, 1.0, 3.0) == pytest.approx(0.25)


@pytest.mark.parametrize("seeds", [5, 30])
def test_the_interval_of_the_mean_covers_it_in_93_to_97_of_100_studies(seeds: int) -> None:
    values = np.random.default_rng(1).normal(0.85, 0.01, (seeds, 1000))
    found = mean_interval(values, 0.95)
    assert 0.93 <= np.mean((found.low <= 0.85) & (found.high >= 0.85)) <= 0.97
