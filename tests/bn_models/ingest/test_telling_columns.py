from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from bn_models.ingest.targets import Target
from bn_models.ingest.telling_columns import MOST_COLUMNS, telling_columns

ROWS = 200
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, ROWS)


def of_classes(x: Any, y: Any) -> list[int]:
    return [i for i, _ in telling_columns(np.asarray(x, np.float64), Target(y, sorted(set(y.tolist()))))]


def of_numbers(x: Any, y: Any) -> list[int]:
    return [i for i, _ in telling_columns(x, Target(y, []))]


@pytest.mark.parametrize(
    "telling",
    [
        Y,
        np.array([7, 3, 5])[Y],
        Y + RNG.uniform(0, 0.9, ROWS),
        1.7e9 + Y,
        Y * 1e-200,
        np.array([[3, 11, 20], [1, 12, 17], [5, 9, 16]])[Y, RNG.integers(0, 3, ROWS)],
    ],
    ids=["itself", "codes", "thresholds", "far from zero", "tiny", "many codes"],
)
def test_a_column_that_is_the_class_in_other_words(telling: Any) -> None:
    assert of_classes(np.stack([RNG.normal(size=ROWS), telling], axis=1), Y) == [1]


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_no_column_of_published_measurements_is_one(load: Any) -> None:
    assert of_classes(*load(return_X_y=True)) == []


def test_noise_is_not_however_many_columns_and_few_rows() -> None:
    for rows in (4, 8, 12, 30):
        for seed in range(20):
            x = np.random.default_rng(seed).normal(size=(rows, 300))
            assert of_classes(x, np.arange(rows) % 2) == []
            assert of_numbers(x, np.arange(float(rows))) == []


def test_naming_the_largest_class_is_not_telling() -> None:
    y = (np.arange(1000) % 200 == 0).astype(np.int32)  # 99.5 % right without looking
    assert of_classes(RNG.normal(size=(1000, 3)), y) == []
    rare = (np.arange(100_000) % 1000 == 0).astype(np.int32)
    assert of_classes(np.stack([RNG.normal(size=100_000), rare + RNG.uniform(0, 0.9, 100_000)], axis=1), rare) == [1]


def test_it_is_found_among_more_columns_than_are_tried() -> None:
    x = RNG.normal(size=(ROWS, 5 * MOST_COLUMNS))
    x[:, 0], x[:, -1] = 4.0, Y
    assert of_classes(x, Y) == [5 * MOST_COLUMNS - 1]


def test_a_regression_is_told_by_correlation_or_by_its_order() -> None:
    y = RNG.normal(size=ROWS)
    noise = RNG.normal(size=ROWS)
    x = np.stack([noise, y, 32 - 1.8 * y, np.exp(3 * y), y + 0.1 * noise, np.ones(ROWS)], axis=1)
    assert of_numbers(x, y) == [1, 2, 3]
    assert of_numbers(x, 1.7e9 + y) == [1, 2, 3]
