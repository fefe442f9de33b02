from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from bn_models.statistics.intervals import mean_interval, paired_difference, sign_flip_p

SLEEP = np.array([[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
                  [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]])  # fmt: skip
"""Student (1908), hours of sleep gained with two drugs; the data of R's ``sleep``."""


def test_the_published_paired_comparison_of_student() -> None:
    found = paired_difference(SLEEP[1], SLEEP[0], 0.95)
    assert found.difference == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)
    assert found.p == 4 / 1024  # no negative difference and one zero: two patterns of signs, twice each
    assert found.effect_size == pytest.approx(1.58 / 1.229995 * (1 - 3 / 35), abs=1e-5)


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


@pytest.mark.parametrize("seeds", [2, 5, 9])
def test_p_is_the_share_of_sign_patterns_at_least_as_extreme(seeds: int) -> None:
    differences = np.random.default_rng(seeds).normal(0.3, 1.0, seeds)
    means = np.array([np.mean(differences * signs) for signs in product([1, -1], repeat=seeds)])
    expected = np.mean(np.abs(means) >= abs(differences.mean()) - 1e-12)
    assert sign_flip_p(differences) == pytest.approx(expected)


def test_p_of_many_seeds_is_near_that_of_students_t_and_repeats() -> None:
    differences = np.random.default_rng(3).normal(0.4, 1.0, 30)
    found = sign_flip_p(differences)
    assert found == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)
    assert found == sign_flip_p(differences)


@pytest.mark.parametrize("constant", [0.0, 0.1])
def test_equal_differences_have_no_effect_size(constant: float) -> None:
    found = paired_difference(np.full(8, 0.7 + constant), np.full(8, 0.7), 0.95)
    assert found.effect_size is None
    assert (found.low, found.high) == pytest.approx((constant, constant))
    assert found.p == (1.0 if constant == 0 else 2 / 256)


def test_two_seeds_have_no_effect_size() -> None:
    assert paired_difference(np.array([0.9, 0.8]), np.array([0.5, 0.5]), 0.95).effect_size is None
    assert paired_difference(np.array([0.9, 0.8, 0.9]), np.array([0.5, 0.5, 0.6]), 0.95).effect_size is not None


def test_one_seed_has_a_difference_and_nothing_else() -> None:
    found = paired_difference(np.array([0.9]), np.array([0.5]), 0.95)
    assert found.difference == pytest.approx(0.4)
    assert (found.low, found.high, found.p, found.effect_size) == (None, None, None, None)


@pytest.mark.parametrize("seeds", [5, 30])
def test_the_interval_of_the_mean_covers_it_in_93_to_97_of_100_studies(seeds: int) -> None:
    values = np.random.default_rng(1).normal(0.85, 0.01, (seeds, 1000))
    found = mean_interval(values, 0.95)
    assert 0.93 <= np.mean((found.low <= 0.85) & (found.high >= 0.85)) <= 0.97


@pytest.mark.parametrize("seeds", [5, 8])
def test_the_interval_of_the_difference_covers_it_in_93_to_97_of_100_studies(seeds: int) -> None:
    rng = np.random.default_rng(2)
    shared = rng.normal(0.0, 0.02, (1000, seeds))
    arms, baselines = (shared + rng.normal(mean, 0.01, (1000, seeds)) for mean in (0.83, 0.85))
    found = [paired_difference(arm, baseline, 0.95) for arm, baseline in zip(arms, baselines, strict=True)]
    covered = [one.low is not None and one.high is not None and one.low <= -0.02 <= one.high for one in found]
    assert 0.93 <= np.mean(covered) <= 0.97
