from typing import Any

import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.datasets.division import Table
from bn_models.spec.dataset import Uploaded

TRAIN, TEST = 60, 20


def uploaded(**fields: Any) -> Uploaded:
    known = {"sha256": "0" * 64, "row_shape": (2,), "train_rows": TRAIN, "test_rows": TEST}
    return Uploaded.model_validate({"name": "own", "labels": ["a", "b", "c"], **known, **fields})


def table(*, regression: bool = False, fitted: bool = True, dtype: Any = np.float32) -> Table:
    """The first column numbers the rows, so that each is known again."""
    rows = TRAIN + TEST
    x = np.stack([np.arange(rows), np.random.default_rng(0).normal(50, 3, rows)], axis=1).astype(dtype)
    y = np.linspace(-100, 300, rows) if regression else (np.arange(rows) % 3).astype(np.int32)
    preprocessing = Preprocessing(np.full(2, 0.5), np.full(2, 9.0), np.dtype(dtype).name)
    target = Preprocessing(0.5, 9.0) if regression else None
    return Table(x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:], preprocessing, target, fitted)


def test_validation_rows_come_off_the_training_rows_by_class() -> None:
    data = table().divided(uploaded(validation_fraction=0.25), (0,))
    assert data.test is not None
    assert (len(data.train), len(data.validation), len(data.test)) == (45, 15, 20)
    assert np.bincount(data.validation.y).tolist() == [5, 5, 5]
    both = np.concatenate([data.train.raw_x[:, 0], data.validation.raw_x[:, 0]])
    assert sorted(both) == list(range(TRAIN))
    assert (np.diff(data.train.raw_x[:, 0]) > 0).all()  # in their order
    np.testing.assert_array_equal(data.test.raw_x, table().x_test)


def test_without_a_fraction_the_test_rows_validate_and_nothing_is_fitted_anew() -> None:
    original, data = table(), table().divided(uploaded(), (0,))
    assert data.test is None
    np.testing.assert_array_equal(data.validation.raw_x, original.x_test)
    assert data.preprocessing is not None
    np.testing.assert_array_equal(data.preprocessing.offset, 9.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("fields", [{"resample": True}, {"validation_fraction": 0.25}])
def test_scaling_is_learned_on_the_rows_that_train(fields: dict[str, Any], dtype: Any) -> None:
    data = table(dtype=dtype).split_anew((0, 7)).divided(uploaded(**fields), (0, 7))
    rows = data.train.raw_x.astype(np.float64)
    np.testing.assert_allclose(data.preprocessing.offset, rows.mean(axis=0))
    np.testing.assert_allclose(data.preprocessing.scale, 1 / rows.std(axis=0))
    np.testing.assert_allclose(data.train.x.std(axis=0), 1, rtol=1e-5)
    assert data.preprocessing.raw_dtype == np.dtype(dtype).name


def test_so_is_the_unit_of_a_regression() -> None:
    spec = uploaded(task="regression", labels=(), resample=True)
    data = table(regression=True).split_anew((0, 3)).divided(spec, (0, 3))
    assert data.target.offset == pytest.approx(data.train.raw_y.mean())
    assert data.target.scale == pytest.approx(1 / data.train.raw_y.std())
    np.testing.assert_allclose(
        data.validation.y, (data.validation.raw_y - data.target.offset) * data.target.scale, 1e-5
    )


def test_what_was_not_to_be_standardized_is_not() -> None:
    data = table(fitted=False).split_anew((0, 7)).divided(uploaded(resample=True), (0, 7))
    np.testing.assert_array_equal(data.preprocessing.scale, 0.5)


def test_a_split_anew_has_the_same_rows_in_the_same_numbers() -> None:
    original, anew = table(), table().split_anew((0, 1))
    assert (len(anew.x_train), len(anew.x_test)) == (TRAIN, TEST)
    assert sorted([*anew.x_train[:, 0], *anew.x_test[:, 0]]) == list(range(TRAIN + TEST))
    assert set(anew.x_test[:, 0]) != set(original.x_test[:, 0])
    assert set(np.bincount(anew.y_test).tolist()) <= {6, 7}
    np.testing.assert_array_equal(anew.y_test, anew.x_test[:, 0] % 3)  # labels go with their rows


def test_a_column_that_is_constant_where_it_trains_is_no_trouble() -> None:
    odd = Table(
        np.zeros((3, 1), np.float32), np.array([0, 1, 0], np.int32), np.ones((1, 1), np.float32),
        np.array([1], np.int32), Preprocessing(np.ones(1) * 2, np.zeros(1)), fitted=True,
    )  # fmt: skip
    spec = uploaded(row_shape=(1,), train_rows=3, test_rows=1, labels=("a", "b"), resample=True)
    for seed in range(5):
        data = odd.split_anew((0, seed)).divided(spec, (0, seed))
        assert np.isfinite(data.train.x).all()
        assert np.isfinite(data.validation.x).all()
