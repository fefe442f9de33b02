from typing import Any

from service.dashboard.parts.charts import POINTS, banded, curves, points


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    epochs = list(range(1, 100_001))
    kept = points(epochs, epochs)
    assert len(kept) <= POINTS + 1
    assert (kept[0], kept[-1]) == ([1, 1], [100_000, 100_000])


def test_what_is_not_a_number_is_a_gap() -> None:
    [line] = curves([1, 2, 3], {"loss": [0.5, "NaN", None]})["series"]
    assert line["data"] == [[1, 0.5], [2, None], [3, None]]


def test_a_band_lies_between_low_and_high() -> None:
    arm: dict[str, list[Any]] = {"mean": [0.5, 0.7], "low": [0.4, None], "high": [0.6, None]}
    mean, low, width = banded([1, 2], {"without": arm}, level=0.8)["series"]
    assert mean["markLine"]["data"][0]["yAxis"] == 0.8
    assert low["stack"] == width["stack"]
    assert low["data"] == [[1, 0.4], [2, None]]
    assert width["data"][0][1] == 0.6 - 0.4
    assert width["data"][1] == [2, None]
