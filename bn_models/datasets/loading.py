"""Dataset reference -> arrays: the only place that knows where data lies.

Reads built-in datasets from scikit-learn and images from ``<data directory>/<name>.npz`` in Keras's layout
(``x_train``, ``y_train``, ``x_test``, ``y_test``), else through Keras's own download. Uploaded datasets are files that
:mod:`bn_models.ingest.accept` wrote.
"""

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, assert_never

import numpy as np
from sklearn.datasets import load_digits, make_circles, make_moons
from sklearn.model_selection import train_test_split

from bn_models.datasets.arrays import Data, DatasetError, DType, NotHere, Preprocessing, data_of
from bn_models.datasets.npz_files import ARRAY_NAMES, check_images, check_promises, read_arrays
from bn_models.spec.dataset import DatasetSpec, Digits, Images, Synthetic, Uploaded

Array = np.ndarray[Any, Any]


def load(spec: DatasetSpec, data_dir: Path | None, uploaded: Path | None = None) -> Data:
    """The same (read-only) object for equal arguments, so that a process loads a dataset once.

    ``uploaded`` is the file of an uploaded dataset.

    Raises NotHere when the data is neither in ``data_dir`` nor to be downloaded, DatasetError when it does not fit its
    spec.
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
    return data_of(spec, (x[:n], y[:n], x[n:], y[n:]), Preprocessing())


def _digits(spec: Digits) -> Data:
    digits = load_digits()
    x_train, x_val, y_train, y_val = train_test_split(
        digits.images, digits.target, train_size=spec.train_rows, stratify=digits.target, random_state=spec.seed
    )
    return data_of(spec, (x_train, y_train, x_val, y_val), Preprocessing(scale=1 / 16))


def _images(spec: Images, data_dir: Path | None) -> Data:
    path = None if data_dir is None else data_dir / f"{spec.name}.npz"
    if path is not None and path.is_file():
        arrays, source = read_arrays(path), str(path)
    else:
        arrays, source = _download(spec.name, path), f"the download of {spec.name}"
    check_images(spec, arrays, source)
    return data_of(spec, arrays, Preprocessing(scale=1 / 255))


def _uploaded(spec: Uploaded, path: Path | None) -> Data:
    if path is None:
        raise DatasetError(f"there is no file of dataset {spec.name}: it is not built in")
    regression = spec.task == "regression"
    of_target = ("target_scale", "target_offset") if regression else ()
    *arrays, scale, offset = read_arrays(path, (*ARRAY_NAMES, "scale", "offset"))
    check_promises(spec, arrays, path)
    target = Preprocessing()
    if regression:
        unit, mean = map(float, read_arrays(path, of_target))
        target = Preprocessing(unit, mean, _needed(arrays[1]))
    return data_of(spec, tuple(arrays), Preprocessing(scale, offset, _needed(arrays[0])), target)


def _needed(raw: Array) -> DType:
    """The reader of uploads keeps float64 where it is needed."""
    return "float64" if raw.dtype == np.float64 else "float32"


def _download(name: str, path: Path | None) -> tuple[Array, ...]:
    looked_for = f"{path} does not exist" if path is not None else "there is no data directory"
    try:
        # Loaded only here: Keras takes seconds to import, and everything else in this module does without it.
        keras = import_module("keras")
        (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # whatever fails in a download, the advice is the same
        raise NotHere(
            f"dataset {name} is not here: {looked_for}, and Keras's download failed ({type(error).__name__}: {error}). "
            f"Put {name}.npz in Keras's layout into the data directory"
        ) from error
    return x_train, y_train, x_test, y_test
