import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from sklearn.datasets import load_digits, make_circles

from bn_models.datasets.arrays import DatasetError
from bn_models.datasets.loading import load, random_state
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
    np.testing.assert_array_equal(data.train.x, x[:500].astype(np.float32))
    np.testing.assert_array_equal(data.validation.y, y[500:])


@pytest.mark.parametrize("name", ["circles", "moons", "digits"])
def test_built_in_datasets_have_the_shapes_their_specs_promise(name: str) -> None:
    spec = dataset(name, test_fraction=0.31)
    data = load(spec, None)
    assert data.train.x.shape == (spec.train_rows, *spec.row_shape)
    assert (data.train.x.dtype, data.train.y.dtype) == (np.float32, np.int32)
    assert len(data.validation.x) == len(data.validation.y) > 0
    assert set(data.train.y) == set(data.validation.y) == set(range(spec.classes))


def test_digits_are_scaled_to_one() -> None:
    data = load(dataset("digits"), None)
    assert (data.train.x.min(), data.train.x.max()) == (0.0, 1.0)
    assert data.preprocessing.scale == 1 / 16


def test_a_dataset_is_loaded_once_and_cannot_be_changed() -> None:
    data = load(dataset("moons"), None)
    assert load(dataset("moons"), None) is data
    with pytest.raises(ValueError, match="read-only"):
        data.train.x[0] = 0


def test_genuine_mnist() -> None:
    data = load(dataset("mnist"), genuine_mnist())
    assert data.train.x.shape == (60_000, 28, 28)
    assert data.validation.x.shape == (10_000, 28, 28)
    assert data.train.x.max() == np.float32(1.0)
    assert data.train.y[:5].tolist() == [5, 0, 4, 1, 9]


def test_labels_may_be_a_column(tmp_path: Path) -> None:
    data = load(dataset("mnist"), save_mnist(tmp_path, y_test=np.arange(5)[:, None]))
    assert data.validation.y.tolist() == [0, 1, 2, 3, 4]


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


# --- rows apart to validate on, rows of every seed's own, fewer rows ---


def rows_of(split: Any) -> set[bytes]:
    return {row.tobytes() for row in split.raw_x}


@pytest.mark.parametrize("name", ["circles", "digits"])
def test_validation_rows_are_drawn_once_by_the_datasets_seed(name: str) -> None:
    spec = dataset(name, validation_fraction=0.25)
    data, undivided = load(spec, None, seed=0), load(dataset(name), None)
    assert load(spec, None, seed=1) is data
    assert data.test is not None
    assert len(data.train) == spec.fitted_rows == spec.train_rows - spec.validation_rows
    assert len(data.validation) == spec.validation_rows
    np.testing.assert_array_equal(data.test.x, undivided.validation.x)
    assert rows_of(data.train) | rows_of(data.validation) == rows_of(undivided.train)
    other = load(dataset(name, validation_fraction=0.25, seed=5), None)
    assert rows_of(other.validation) != rows_of(data.validation)


@pytest.mark.parametrize("name", ["circles", "moons", "digits"])
def test_with_resample_every_seed_has_rows_of_its_own(name: str) -> None:
    spec = dataset(name, resample=True, validation_fraction=0.2)
    first, second = load(spec, None, seed=0), load(spec, None, seed=1)
    assert load(dataset(name, resample=True, validation_fraction=0.2), None, seed=1) is second  # arms share them
    for split in ("train", "validation", "test"):
        assert len(getattr(first, split)) == len(getattr(second, split))
        assert rows_of(getattr(first, split)) != rows_of(getattr(second, split))
    other = load(spec.model_copy(update={"seed": 12}), None, seed=1)
    assert rows_of(other.train) != rows_of(second.train)
    made = name != "digits"
    assert (rows_of(first.train) & rows_of(second.train) == set()) == made
    if not made:
        assert second.test is not None
        counts = np.bincount(second.test.y)
        assert np.abs(counts - np.bincount(load_digits().target) * len(second.test) / 1797).max() < 1


def test_made_data_can_be_made_again_in_a_script() -> None:
    data = load(dataset("circles", resample=True, seed=4), None, seed=9)
    x, _ = make_circles(1000, noise=0.1, random_state=random_state(4, 9))
    np.testing.assert_array_equal(data.train.x, x[:500].astype(np.float32))


def test_many_seeds_leave_the_other_datasets_loaded() -> None:
    once = load(dataset("digits"), None)
    for seed in range(10):
        load(dataset("digits", resample=True), None, seed=seed)
    assert load(dataset("digits"), None) is once


def test_the_first_rows_of_images(tmp_path: Path) -> None:
    numbered = np.arange(60_000).astype(np.uint16)[:, None, None] * np.ones((28, 28), np.uint16)
    directory = save_mnist(tmp_path, x_train=numbered)
    data = load(dataset("mnist", train_samples=40, test_samples=3, validation_fraction=0.25), directory)
    assert data.test is not None
    assert (len(data.train), len(data.validation), len(data.test)) == (30, 10, 3)
    assert sorted([*data.train.raw_x[:, 0, 0], *data.validation.raw_x[:, 0, 0]]) == list(range(40))
    anew = load(dataset("mnist", train_samples=40, test_samples=3, resample=True), directory, seed=1)
    assert (len(anew.train), len(anew.validation)) == (40, 3)
    with pytest.raises(DatasetError, match="x_test has 5 rows, fewer than test_samples 6"):
        load(dataset("mnist", test_samples=6), directory)
