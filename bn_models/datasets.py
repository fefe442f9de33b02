"""Dataset reference -> arrays: the only place that knows where data lies.

Reads built-in datasets from scikit-learn and images from ``<data directory>/<name>.npz`` in Keras's layout
(``x_train``, ``y_train``, ``x_test``, ``y_test``), else through Keras's own download. Uploaded datasets are files that
:mod:`bn_models.intake` wrote.
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

from bn_models.dataset_spec import DatasetSpec, Digits, Images, Synthetic, Uploaded

Array = np.ndarray[Any, Any]
ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")


class DatasetError(Exception):
    """The dataset cannot be had or is not what its name says; the message says what to do."""


@dataclass(frozen=True)
class Preprocessing:
    """network input = (raw - offset) * scale; both are one number, or one for each of a row's."""

    scale: float | Array = 1.0
    offset: float | Array = 0.0

    def inverse(self, x: Array) -> Array:
        """float32 raw rows of network inputs."""
        return (x / np.float32(self.scale) + np.float32(self.offset)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Data:
    """x: float32, preprocessed, (rows, *dataset.row_shape); y: (rows,), int32 class indices or float32 numbers.

    The numbers of a regression are ``(raw - target.offset) * target.scale``.
    """

    x_train: Array
    y_train: Array
    x_val: Array
    y_val: Array
    preprocessing: Preprocessing
    target: Preprocessing = Preprocessing()


def load(spec: DatasetSpec, data_dir: Path | None, uploaded: Path | None = None) -> Data:
    """The same (read-only) object for equal arguments, so that a process loads a dataset once.

    ``uploaded`` is the file of an uploaded dataset.

    Raises DatasetError when the data is neither in ``data_dir`` nor to be downloaded, or does not fit its spec.
    """
    return _load(spec, data_dir, uploaded)


@lru_cache(maxsize=4)
def _load(spec: DatasetSpec, data_dir: Path | None, uploaded: Path | None) -> Data:
    match spec:
        case Synthetic():
            return _points(spec)
        case Digits():
            return _digits(spec)
        case Images():
            return _images(spec, data_dir)
        case Uploaded():
            return _uploaded(spec, uploaded)
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


def _uploaded(spec: Uploaded, path: Path | None) -> Data:
    if path is None:
        raise DatasetError(f"there is no file of dataset {spec.name}: it is not built in")
    regression = spec.task == "regression"
    of_target = ("target_scale", "target_offset") if regression else ()
    *arrays, scale, offset = _read(path, (*ARRAY_NAMES, "scale", "offset"))
    _check_promises(spec, arrays, path)
    target = Preprocessing(*map(float, _read(path, of_target))) if regression else Preprocessing()
    return _data(spec, tuple(arrays), Preprocessing(scale, offset), target)


def _check_promises(spec: Uploaded, arrays: list[Array], path: Path) -> None:
    x_train, y_train, x_test, y_test = arrays
    for x, y, rows in ((x_train, y_train, spec.train_rows), (x_test, y_test, spec.test_rows)):
        if x.shape != (rows, *spec.row_shape) or y.shape != (rows,):
            raise DatasetError(f"{path} is not dataset {spec.name}: delete the file, it is made again")


def _read(path: Path, names: tuple[str, ...] = ARRAY_NAMES) -> tuple[Array, ...]:
    """Raises DatasetError for anything but the named arrays; pickled objects are refused."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive]
            if missing:
                raise DatasetError(f"{path} lacks the arrays {', '.join(missing)}: save it as Keras's npz files are")
            return tuple(archive[name] for name in names)
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


def _data(
    spec: DatasetSpec, arrays: tuple[Array, ...], preprocessing: Preprocessing, target: Preprocessing | None = None
) -> Data:
    x_train, y_train, x_val, y_val = arrays
    if spec.task == "regression":
        assert target is not None
        y_train, y_val = _preprocess(y_train, target), _preprocess(y_val, target)
    else:
        y_train, y_val = _labels(y_train), _labels(y_val)
    data = Data(
        _preprocess(x_train, preprocessing), y_train, _preprocess(x_val, preprocessing), y_val,
        preprocessing, target or Preprocessing(),
    )  # fmt: skip
    assert len(data.x_train) == spec.train_rows
    for array in (data.x_train, data.y_train, data.x_val, data.y_val):
        array.setflags(write=False)  # shared by every run of this process
    return data


def _preprocess(raw: Array, preprocessing: Preprocessing) -> Array:
    x = np.array(raw, np.float32)
    x -= np.float32(preprocessing.offset)
    x *= np.float32(preprocessing.scale)
    return x


def _labels(y: Array) -> Array:
    return np.array(y, np.int32).reshape(-1)
