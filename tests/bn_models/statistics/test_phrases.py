import pytest

from bn_models.statistics import phrases


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.1, 0.2, "95 % interval 0.100 to 0.200"),
        (0.1, None, "95 % interval from 0.100 up"),
        (None, 0.2, "95 % interval up to 0.200"),
        (None, None, "no 95 % interval"),
    ],
)
def test_an_end_that_is_none_is_open(low: float | None, high: float | None, text: str) -> None:
    assert phrases.interval(low, high, 0.95) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (0.0, "0.000"), (-0.0, "0.000"), (0.00012, "0.0001"), (-0.00012, "-0.0001")]
)
def test_small_numbers_keep_a_digit(value: float, text: str) -> None:
    assert phrases.decimals(value) == text


def test_one_epoch_and_one_run_are_singular() -> None:
    assert [phrases.epochs(1), phrases.epochs(2.5)] == ["1 epoch", "2.5 epochs"]
    assert [phrases.share(1, 1), phrases.share(0, 3)] == ["1 of 1 run", "0 of 3 runs"]
    assert [phrases.p_value(0.00099), phrases.p_value(0.0312)] == ["adjusted p < 0.001", "adjusted p = 0.031"]
