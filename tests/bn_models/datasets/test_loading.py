import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.datasets import make_circles

from bn_models.datasets.arrays import DatasetError
from bn_models.datasets.loading import load
from bn_models.spec.dataset import DatasetSpec

BESIDE_THE_REPOSITORY = Path(__file__).resolve().parents[4] / "shared" / "datasets"
ARRAYS: Any = TypeAdapter(DatasetSpec)


def dataset(name: str, **fields: object) -> DatasetSpec:
    spec: DatasetSpec = ARRAYS.validate_python({"name": name, **fields})
    return spec


def genuine_mnist() -> Path:
    directory = Path(os.environ.get("BNLAB_DATA_DIR") or BESIDE_THE_REPOSITORY)
    if not (directory / "mnist.npz").is_file():
        pytest.skip(f"no mnist.npz in {directory}; set BNLAB_DATA_DIR")
    return directory


def save_mnist(directory: Path, **replaced: Any) -> Path:
    """An mnist.npz of zeros; ``replaced`` arrays instead of its own, None leaves one out."""
    arrays: dict[str, Any] = {
        "x_train": np.zeros((60_000, 28, 28), np.uint8),
        "y_train": np.zeros(60_000, np.uint8),
        "x_test": np.zeros((5, 28, 28), np.uint8),
        "y_test": np.arange(5),
    }
    arrays |= replaced
    np.savez(directory / "mnist.npz", **{name: array for name, array in arrays.items() if array is not None})
    return directory


def test_circles_are_the_published_ones() -> None:
    data = load(dataset("circles"), None)
    x, y = make_circles(n_samples=1000, noise=0.1, random_state=1)
    np.testing.assert_array_equal(data.x_train, x[:500].astype(np.float32))
    np.testing.assert_array_equal(data.y_val, y[500:])


@pytest.mark.parametrize("name", ["circles", "moons", "digits"])
def test_built_in_datasets_have_the_shapes_their_specs_promise(name: str) -> None:
    spec = dataset(name, test_fraction=0.31)
    data = load(spec, None)
    assert data.x_train.shape == (spec.train_rows, *spec.row_shape)
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int32)
    assert len(data.x_val) == len(data.y_val) > 0
    assert set(data.y_train) == set(data.y_val) == set(range(spec.classes))


def test_digits_are_scaled_to_one() -> None:
    data = load(dataset("digits"), None)
    assert (data.x_train.min(), data.x_train.max()) == (0.0, 1.0)
    assert data.preprocessing.scale == 1 / 16


def test_a_dataset_is_loaded_once_and_cannot_be_changed() -> None:
    data = load(dataset("moons"), None)
    assert load(dataset("moons"), None) is data
    with pytest.raises(ValueError, match="read-only"):
        data.x_train[0] = 0


def test_genuine_mnist() -> None:
    data = load(dataset("mnist"), genuine_mnist())
    assert data.x_train.shape == (60_000, 28, 28)
    assert data.x_val.shape == (10_000, 28, 28)
    assert data.x_train.max() == np.float32(1.0)
    assert data.y_train[:5].tolist() == [5, 0, 4, 1, 9]


def test_labels_may_be_a_column(tmp_path: Path) -> None:
    data = load(dataset("mnist"), save_mnist(tmp_path, y_test=np.arange(5)[:, None]))
    assert data.y_val.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"y_test": None}, "lacks the arrays y_test"),
        ({"x_test": np.zeros((5, 8, 8))}, r"x_test is float64 of shape \(5, 8, 8\)"),
        ({"x_test": np.zeros((0, 28, 28)), "y_test": np.zeros(0, int)}, "at least one row"),
        ({"y_test": np.arange(6)}, "one integer label for each"),
        ({"y_test": np.arange(5) + 6}, "labels from 6 to 10; they must be 0 to 9"),
        ({"y_test": np.array([{}] * 5)}, "not a readable npz file"),
        ({"x_train": np.zeros((3, 28, 28)), "y_train": np.zeros(3, int)}, "x_train has 3 rows"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, replaced: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        load(dataset("mnist"), save_mnist(tmp_path, **replaced))
    assert str(tmp_path / "mnist.npz") in str(raised.value)


def test_bytes_that_are_no_archive(tmp_path: Path) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(DatasetError, match="not a readable npz file"):
        load(dataset("mnist"), tmp_path)
