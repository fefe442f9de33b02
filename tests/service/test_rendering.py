import pytest

from service.rendering import flat, sparkline


def test_a_sparkline_goes_from_the_least_to_the_greatest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([0.0, "NaN", 1.0]) == "▁·█"
    assert sparkline([]) == ""


@pytest.mark.parametrize("length", [50, 51, 1000])
def test_a_long_sparkline_keeps_its_width(length: int) -> None:
    line = sparkline(range(length), width=50)
    assert (len(line), line[0], line[-1]) == (50, "▁", "█")


def test_paths_of_nested_values() -> None:
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e": [3]}) == {"a.b": 1, "a.c.d": 2, "e": [3]}
