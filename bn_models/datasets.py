"""Dataset reference -> arrays: the only place that knows where data lies.

Reads built-in datasets from scikit-learn and images from ``<data directory>/<name>.npz`` in Keras's layout
(``x_train``, ``y_train``, ``x_test``, ``y_test``), else through Keras's own download.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, assert_never
from zipfile import BadZipFile

import numpy as np
from sklearn.datasets import load_digits, make_circles, make_moons
from sklearn.model_selection import train_test_split

from bn_models.spec import DatasetSpec, Digits, Images, Synthetic

Array = np.ndarray[Any, Any]
ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")


class DatasetError(Exception):
    """The dataset cannot be had or is not what its name says; the message says what to do."""


@dataclass(frozen=True)
class Preprocessing:
    """network input = raw * scale + offset"""

    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Data:
    """x: float32, preprocessed, (rows, *dataset.row_shape); y: int32 class indices, (rows,)."""

    x_train: Array
    y_train: Array
    x_val: Array
    y_val: Array
    preprocessing: Preprocessing


def load(spec: DatasetSpec, data_dir: Path | None) -> Data:
    """The same (read-only) object for equal arguments, so that a process loads a dataset once.

    Raises DatasetError when the data is neither in ``data_dir`` nor to be downloaded, or does not fit its spec.
    """
    return _load(spec, data_dir)


@lru_cache(maxsize=4)
def _load(spec: DatasetSpec, data_dir: Path | None) -> Data:
    match spec:
        case Synthetic():
            return _points(spec)
        case Digits():
            return _digits(spec)
        case Images():
            return _images(spec, data_dir)
        case _:
            assert_never(spec)


def _points(spec: Synthetic) -> Data:
    make = make_circles if spec.name == "circles" else make_moons
    x, y = make(spec.n_samples, noise=spec.noise, random_state=spec.seed)
    n = spec.train_rows
    return _data(spec, (x[:n], y[:n], x[n:], y[n:]), Preprocessing())


def _digits(spec: Digits) -> Data:
    digits = load_digits()
    x_train, x_val, y_train, y_val = train_test_split(
        digits.images, digits.target, train_size=spec.train_rows, stratify=digits.target, random_state=spec.seed
    )
    return _data(spec, (x_train, y_train, x_val, y_val), Preprocessing(scale=1 / 16))


def _images(spec: Images, data_dir: Path | None) -> Data:
    path = None if data_dir is None else data_dir / f"{spec.name}.npz"
    if path is not None and path.is_file():
        arrays, source = _read(path), str(path)
    else:
        arrays, source = _download(spec.name, path), f"the download of {spec.name}"
    _check(spec, arrays, source)
    return _data(spec, arrays, Preprocessing(scale=1 / 255))


def _read(path: Path) -> tuple[Array, ...]:
    """Raises DatasetError for anything but the four arrays; pickled objects are refused."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [name for name in ARRAY_NAMES if name not in archive]
            if missing:
                raise DatasetError(f"{path} lacks the arrays {', '.join(missing)}: save it as Keras's npz files are")
            return tuple(archive[name] for name in ARRAY_NAMES)
    except (OSError, ValueError, EOFError, TypeError, AttributeError, BadZipFile) as error:
        raise DatasetError(f"{path} is not a readable npz file of plain arrays ({error}): replace it") from error


def _download(name: str, path: Path | None) -> tuple[Array, ...]:
    looked_for = f"{path} does not exist" if path is not None else "BNLAB_DATA_DIR is not set"
    try:
        # Loaded only here: Keras takes seconds to import, and everything else in this module does without it.
        keras = import_module("keras")
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # whatever fails in a download, the advice is the same
        raise DatasetError(
            f"dataset {name} is not here: {looked_for}, and Keras's download failed ({type(error).__name__}: {error}). "
            f"Put {name}.npz in Keras's layout into the directory BNLAB_DATA_DIR names"
        ) from error
    return x_train, y_train, x_test, y_test


def _check(spec: Images, arrays: tuple[Array, ...], source: str) -> None:
    for i, split in ((0, "train"), (2, "test")):
        x, y = arrays[i], arrays[i + 1]
        if x.shape[1:] != spec.row_shape or len(x) == 0 or x.dtype.kind not in "uif":
            raise DatasetError(
                f"{source}: x_{split} is {x.dtype} of shape {x.shape}; {spec.name} needs numbers of shape "
                f"(rows, {', '.join(map(str, spec.row_shape))}) with at least one row"
            )
        if y.shape not in ((len(x),), (len(x), 1)) or y.dtype.kind not in "ui":
            raise DatasetError(
                f"{source}: y_{split} is {y.dtype} of shape {y.shape}; it needs one integer label for each of the "
                f"{len(x)} rows of x_{split}"
            )
        if y.min() < 0 or y.max() >= spec.classes:
            raise DatasetError(
                f"{source}: y_{split} has labels from {y.min()} to {y.max()}; they must be 0 to {spec.classes - 1}"
            )
    if len(arrays[0]) != spec.train_rows:
        raise DatasetError(f"{source}: x_train has {len(arrays[0])} rows; {spec.name} has {spec.train_rows}")


def _data(spec: DatasetSpec, arrays: tuple[Array, ...], preprocessing: Preprocessing) -> Data:
    x_train, y_train, x_val, y_val = arrays
    data = Data(
        _preprocess(x_train, preprocessing), _labels(y_train), _preprocess(x_val, preprocessing), _labels(y_val),
        preprocessing,
    )  # fmt: skip
    assert len(data.x_train) == spec.train_rows
    for array in (data.x_train, data.y_train, data.x_val, data.y_val):
        array.setflags(write=False)  # shared by every run of this process
    return data


def _preprocess(raw: Array, preprocessing: Preprocessing) -> Array:
    x = np.array(raw, np.float32)
    x *= np.float32(preprocessing.scale)
    x += np.float32(preprocessing.offset)
    return x


def _labels(y: Array) -> Array:
    return np.array(y, np.int32).reshape(-1)
