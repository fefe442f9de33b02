from itertools import product

import numpy as np
import pytest
from scipy import stats

from bn_models.statistics.runs import Floats
from bn_models.statistics.sign_flips import Outcome, PairedTest, outcomes

SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
"""Student (1908): differences of two drugs, in hours of sleep."""


def alone(values: Floats, one_sided: bool = False, inflation: float = 1.0) -> Outcome:
    test = PairedTest(range(len(values)), values, one_sided, inflation=inflation)
    return outcomes({"one": test})["one"]


def test_the_published_differences_of_student() -> None:
    assert alone(SLEEP) == Outcome(4 / 1024, 4 / 1024)  # no negative one and one zero: two patterns of signs, twice


@pytest.mark.parametrize("seeds", [2, 5, 9])
def test_p_is_the_share_of_sign_patterns_at_least_as_extreme(seeds: int) -> None:
    values = np.random.default_rng(seeds).normal(0.3, 1.0, seeds)
    means = np.array([np.mean(values * signs) for signs in product([1, -1], repeat=seeds)])
    assert alone(values).p == pytest.approx(np.mean(np.abs(means) >= abs(values.mean()) - 1e-12))


def test_p_of_many_seeds_is_near_that_of_students_t_and_repeats() -> None:
    values = np.random.default_rng(3).normal(0.4, 1.0, 30)
    found = alone(values)
    assert found.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=0.01)
    assert found == alone(values)


def test_equal_values_have_the_smallest_p_and_zeros_the_largest() -> None:
    assert alone(np.full(8, 0.1)).p == 2 / 256
    assert alone(np.zeros(8)).p == 1.0


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_p_does_not_depend_on_the_unit(scale: float) -> None:
    assert alone(scale * SLEEP) == alone(SLEEP)


def test_a_test_that_says_the_same_costs_nothing_and_one_that_says_something_else_does() -> None:
    values = np.random.default_rng(1).normal(0.5, 1.0, 10)
    other = np.random.default_rng(2).normal(0.0, 1.0, 10)
    seeds = range(10)
    twice = outcomes({"a": PairedTest(seeds, values), "b": PairedTest(seeds, 2 * values)})
    assert twice["a"].p_adjusted == twice["a"].p == alone(values).p
    both = outcomes({"a": PairedTest(seeds, values), "b": PairedTest(seeds, other)})
    assert both["a"].p_adjusted > both["a"].p
    light = outcomes({"a": PairedTest(seeds, values), "b": PairedTest(seeds, other, weight=0.5)})
    assert both["a"].p_adjusted > light["a"].p_adjusted


def test_the_second_largest_is_not_held_against_the_largest() -> None:
    """Step-down: what is found already is no competitor any more."""
    rng, seeds = np.random.default_rng(4), range(12)
    large, small = rng.normal(9.0, 1.0, 12), rng.normal(0.8, 1.0, 12)
    found = outcomes({"large": PairedTest(seeds, large), "small": PairedTest(seeds, small)})
    assert found["small"].p_adjusted == pytest.approx(alone(small).p, abs=1e-12)


def test_one_side() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert alone(values, one_sided=True).p == 1 / 64
    assert alone(-values, one_sided=True).p == 1.0


def test_values_that_share_rows_count_for_less() -> None:
    values = np.random.default_rng(5).normal(1.0, 1.0, 10)
    assert alone(values, inflation=1.9).p > 5 * alone(values).p


def test_tests_over_different_seeds_are_one_family() -> None:
    values = np.random.default_rng(6).normal(2.0, 1.0, 8)
    found = outcomes({"a": PairedTest(range(8), values), "b": PairedTest([2, 3, 9, 11], values[:4])})
    assert set(found) == {"a", "b"}
    assert found["a"].p == alone(values).p


def test_a_look_that_has_a_part_of_the_error_multiplies_p() -> None:
    test = {"one": PairedTest(range(10), SLEEP)}
    assert outcomes(test, 0.25)["one"].p_adjusted == 4 * outcomes(test)["one"].p_adjusted


def test_fewer_than_two_values_are_no_test() -> None:
    assert outcomes({"one": PairedTest([3], np.array([1.0]))}) == {}
    assert outcomes({}) == {}
