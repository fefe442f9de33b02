import pytest

from service.figures import brief, estimate, number, p_value, signed


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.80942, "0.8094"), (0.0, "0"), (17, "17"), (0.00004213, "4.213e-05"), (1234.5678, "1234.5678"),
     (-123456.7, "-1.235e+05")],
)  # fmt: skip
def test_numbers_of_any_size_keep_their_digits(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.80942, "0.809"), (-0.00667, "-0.007"), (0.0001234, "0.0001")])
def test_a_narrow_place_has_the_digits_of_sentences(value: float, shown: str) -> None:
    assert brief(value) == shown


def test_an_end_that_is_open_is_an_ellipsis() -> None:
    assert estimate({"ratio": 0.2667, "low": None, "high": 0.37}, "ratio") == "0.2667 (… to 0.3700)"
    assert estimate({"mean": 0.5, "low": None, "high": None}, "mean") == "0.5000"
    assert estimate({"difference": 0.05, "low": -0.01, "high": 0.11}, "difference", signed) == (
        "+0.0500 (-0.0100 to +0.1100)"
    )
    assert estimate(None, "mean") == estimate({"mean": None}, "mean") == "-"


@pytest.mark.parametrize(("p", "shown"), [(0.0078125, "0.0078"), (0.0001, "< 0.001"), (1.0, "1"), (None, "-")])
def test_p_values(p: float | None, shown: str) -> None:
    assert p_value({"p_adjusted": p}) == shown
