from typing import Any

import pytest

from bn_models.spec.baselines import positions
from bn_models.spec.settings import DesignError, Settings

BASE = {"batch_size": 32, "learning_rate": 0.01, "batch_norm": {"placement": "none"}}
BATCHES: list[Settings] = [{"batch_size": 8, "learning_rate": 0.1}, {"batch_size": 64, "learning_rate": 0.8}]
SQUARE: list[Settings] = [
    {"batch_size": size, "learning_rate": rate} for size in (8, 64) for rate in (0.1, 0.8)
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "grid", "baseline", "expected"),
    [
        ([], {}, None, [0]),
        ([], {"dropout": [0.0, 0.1], "epochs": [1, 2]}, None, [0, 1, 0, 1]),
        ([], {"dropout": [0.0, 0.1], "epochs": [1, 2]}, {"epochs": 2}, [1, 1, 3, 3]),
        ([], {"dropout": [0.0, 0.1]}, {}, [0, 1]),
        # the first of those that move together, and of one the grid's first
        (BATCHES, {}, None, [0, 0]),
        (BATCHES, {"dropout": [0.0, 0.1]}, None, [0, 1, 0, 1]),
        (BATCHES[:1], {"dropout": [0.0, 0.1]}, None, [0, 0]),
        # there is no arm of 64 rows at the other's rate: it is the arm that matches
        (BATCHES, {}, {"batch_size": 64}, [1, 1]),
        (BATCHES, {"dropout": [0.0, 0.1]}, {"batch_size": 64}, [2, 3, 2, 3]),
        (BATCHES, {"dropout": [0.0, 0.1]}, {"dropout": 0.1}, [1, 1, 3, 3]),
        (BATCHES, {"dropout": [0.0, 0.1]}, {"batch_size": 64, "dropout": 0.1}, [3, 3, 3, 3]),
        # and where there is one with otherwise its own settings, it is that
        (SQUARE, {}, {"batch_size": 8}, [0, 1, 0, 1]),
        (SQUARE, {}, {"batch_size": 8, "learning_rate": 0.8}, [1, 1, 1, 1]),
        ([*BATCHES, {"batch_size": 8, "learning_rate": 0.8, "epochs": 1}], {}, {"batch_size": 8}, [0, 2, 2]),
        # what an arm does not set it has from the base
        ([{}, {"batch_norm.placement": "after_activation"}], {}, {"batch_norm.placement": "none"}, [0, 0]),
        ([{"epochs": 3}, {"batch_norm.placement": "none"}], {}, {"batch_norm.placement": "none"}, [0, 1]),
    ],
)
def test_each_arm_has_its_baseline(
    given: list[Settings], grid: dict[str, list[Any]], baseline: Settings | None, expected: list[int]
) -> None:
    assert positions(BASE, given, grid, baseline) == expected


@pytest.mark.parametrize(
    ("given", "grid", "baseline", "loc", "message"),
    [
        ([], {"epochs": [1, 2]}, {"epochs": 3}, ["baseline", "epochs"], "not in the grid, which has 1; 2"),
        ([], {"epochs": [1, 2]}, {"dropout": 0.1}, ["baseline", "dropout"], "no arm sets it, they set epochs"),
        ([], {}, {"dropout": 0.1}, ["baseline", "dropout"], "they set nothing"),
        (BATCHES, {}, {"batch_size": 9}, ["baseline", "batch_size"],
         "no arm has batch_size=9: .*batch_size=8, learning_rate=0.1; batch_size=64, learning_rate=0.8"),
        (BATCHES, {}, {"batch_size": 8, "learning_rate": 0.8}, ["baseline"], "no arm has batch_size=8, learning_rate"),
        ([{}, {"early_stopping": {}}], {}, {"early_stopping.patience": 3}, ["baseline", "early_stopping.patience"],
         "no arm sets it"),
    ],
)  # fmt: skip
def test_a_baseline_that_is_no_arm_is_refused_with_what_there_is(
    given: list[Settings], grid: dict[str, list[Any]], baseline: Settings, loc: list[str], message: str
) -> None:
    with pytest.raises(DesignError, match=message) as refused:
        positions(BASE, given, grid, baseline)
    assert refused.value.loc == loc
