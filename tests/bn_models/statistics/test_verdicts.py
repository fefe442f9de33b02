import pytest

from bn_models.statistics.verdicts import Level, Verdict


@pytest.mark.parametrize(
    ("p", "excluded", "seeds", "verdict"),
    [
        (0.01, True, 10, Verdict.FOUND),
        (0.01, False, 10, Verdict.UNCLEAR),
        (0.06, True, 10, Verdict.NOT_AMONG_SO_MANY),
        (0.06, False, 10, Verdict.NOT_FOUND),
        (0.06, True, 5, Verdict.TOO_FEW),
    ],
)
def test_a_finding_takes_the_test_and_the_interval(p: float, excluded: bool, seeds: int, verdict: Verdict) -> None:
    assert Level(0.05, 1.0, 3).verdict(p, excluded, seeds) is verdict


@pytest.mark.parametrize(("alpha", "spend", "fewest"), [(0.05, 1.0, 6), (0.05, 0.25, 8), (0.01, 1.0, 8)])
def test_the_fewest_seeds_that_may_find_something(alpha: float, spend: float, fewest: int) -> None:
    level = Level(alpha, spend, 1)
    assert level.too_few(fewest - 1)
    assert not level.too_few(fewest)


def test_before_the_first_look_no_number_of_seeds_is_enough_nor_are_drawn_flips_for_a_tiny_level() -> None:
    assert Level(0.05, 0.0, 1).too_few(1000)
    assert Level(1e-5, 1.0, 1).too_few(1000)
