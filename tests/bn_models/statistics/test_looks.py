import numpy as np
import pytest

from bn_models.statistics.looks import chance_of_a_false_finding
from bn_models.statistics.sign_flips import PairedTest


def draws_of(seeds: int, count: int = 1) -> list[PairedTest]:
    rng = np.random.default_rng(0)
    return [PairedTest(range(seeds), rng.normal(size=seeds)) for _ in range(count)]


def test_one_look_costs_what_it_says() -> None:
    assert chance_of_a_false_finding(draws_of(12), [12], 0.05) == pytest.approx(0.05, abs=0.001)
    assert chance_of_a_false_finding(draws_of(40, 3), [40], 0.05) == pytest.approx(0.05, abs=0.001)


def test_more_looks_cost_what_is_known_of_them() -> None:
    """Armitage, McPherson and Rowe (1969), table 2: of normal means at equal steps, 8.3 % of 2 looks, 14.2 % of 5."""
    assert chance_of_a_false_finding(draws_of(200), [100, 200], 0.05) == pytest.approx(0.083, abs=0.012)
    assert chance_of_a_false_finding(draws_of(200), [40, 80, 120, 160, 200], 0.05) == pytest.approx(0.142, abs=0.015)


def test_looks_at_too_few_seeds_and_twice_at_the_same_cost_nothing() -> None:
    test = draws_of(12)
    assert chance_of_a_false_finding(test, [2, 4, 12], 0.05) == chance_of_a_false_finding(test, [12], 0.05)
    assert chance_of_a_false_finding(test, [12, 12], 0.05) == chance_of_a_false_finding(test, [12], 0.05)


def test_seeds_that_failed_leave_the_last_look_at_those_there_are() -> None:
    assert chance_of_a_false_finding(draws_of(12), [8, 15], 0.05) == chance_of_a_false_finding(
        draws_of(12), [8, 12], 0.05
    )


def test_no_tests_and_no_looks_have_no_chance() -> None:
    assert chance_of_a_false_finding([], [10, 20], 0.05) is None
    assert chance_of_a_false_finding(draws_of(9), [], 0.05) is None
