import pytest

from service.rendering import sparkline


def test_a_sparkline_goes_from_the_least_to_the_greatest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([0.0, "NaN", 1.0]) == "▁·█"
    assert sparkline([]) == ""


@pytest.mark.parametrize("length", [50, 51, 1000])
def test_a_long_sparkline_keeps_its_width(length: int) -> None:
    line = sparkline(range(length), width=50)
    assert (len(line), line[0], line[-1]) == (50, "▁", "█")
