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

from bn_models.datasets.arrays import Data, DatasetError, DType, NotHere, Preprocessing
from bn_models.datasets.division import Table
from bn_models.datasets.npz_files import ARRAY_NAMES, check_images, check_promises, read_arrays
from bn_models.spec.dataset import DatasetSpec, Digits, Images, Synthetic, Uploaded

Array = np.ndarray[Any, Any]
Raw = Digits | Images | Uploaded
"""What lies somewhere; the others are made."""


def load(spec: DatasetSpec, data_dir: Path | None, uploaded: Path | None = None, *, seed: int = 0) -> Data:
    """The same (read-only) object for equal arguments, so that a process loads a dataset once.

    ``uploaded`` is the file of an uploaded dataset; ``seed`` the run's, by which the rows differ only where the spec
    says ``resample``.

    - ``validation_fraction``: of the training rows those that :func:`~bn_models.datasets.splitting.drawn` draws by the
      dataset's seed, and all rows stay in their order. Datasets without a seed have the seed 0
    - ``resample`` of made data: ``make_circles`` or ``make_moons`` with :func:`random_state` of the dataset's seed and
      the run's; of any other: training and test rows together, of which as many as before are drawn to test on by both

    Raises NotHere when the data is neither in ``data_dir`` nor to be downloaded, DatasetError when it does not fit its
    spec.
    """
    return _resampled(spec, data_dir, uploaded, seed) if spec.resample else _once(spec, data_dir, uploaded)


def random_state(*seeds: int) -> np.random.RandomState:
    """What scikit-learn draws from, as a function of several seeds."""
    return np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seeds)))


@lru_cache(maxsize=4)
def _once(spec: DatasetSpec, data_dir: Path | None, uploaded: Path | None) -> Data:
    table = _points(spec, spec.seed) if isinstance(spec, Synthetic) else _table(_plain(spec), data_dir, uploaded)
    return table.divided(spec, (_seed(spec),))


@lru_cache(maxsize=2)  # apart, so that the rows of many seeds put nothing else out
def _resampled(spec: DatasetSpec, data_dir: Path | None, uploaded: Path | None, seed: int) -> Data:
    seeds = (_seed(spec), seed)
    if isinstance(spec, Synthetic):
        table = _points(spec, random_state(*seeds))
    else:
        table = _table(_plain(spec), data_dir, uploaded).split_anew(seeds)
    return table.divided(spec, seeds)


@lru_cache(maxsize=4)
def _table(spec: Raw, data_dir: Path | None, uploaded: Path | None) -> Table:
    match spec:
        case Digits():
            return _digits(spec)
        case Images():
            return _images(spec, data_dir)
        case Uploaded():
            return _uploaded(spec, uploaded)
        case _:
            assert_never(spec)


def _seed(spec: DatasetSpec) -> int:
    return spec.seed if isinstance(spec, Synthetic | Digits) else 0


def _plain(spec: Raw) -> Raw:
    """The rows are the same however they are divided."""
    return spec.model_copy(update={"validation_fraction": 0.0, "resample": False})


def _points(spec: Synthetic, drawn_by: int | np.random.RandomState) -> Table:
    make = make_circles if spec.name == "circles" else make_moons
    x, y = make(spec.n_samples, noise=spec.noise, random_state=drawn_by)
    n, x, y = spec.train_rows, x.astype(np.float32), _labels(y)
    return Table(x[:n], y[:n], x[n:], y[n:], Preprocessing())


def _digits(spec: Digits) -> Table:
    digits = load_digits()
    x_train, x_test, y_train, y_test = train_test_split(
        digits.images, digits.target, train_size=spec.train_rows, stratify=digits.target, random_state=spec.seed
    )
    images = x_train.astype(np.float32), x_test.astype(np.float32)
    return Table(images[0], _labels(y_train), images[1], _labels(y_test), Preprocessing(scale=1 / 16))


def _images(spec: Images, data_dir: Path | None) -> Table:
    path = None if data_dir is None else data_dir / f"{spec.name}.npz"
    if path is not None and path.is_file():
        arrays, source = read_arrays(path), str(path)
    else:
        arrays, source = _download(spec.name, path), f"the download of {spec.name}"
    check_images(spec, arrays, source)
    x_train, y_train, x_test, y_test = arrays
    train, test = slice(spec.train_samples), slice(spec.test_samples)
    return Table(
        x_train[train], _labels(y_train[train]), x_test[test], _labels(y_test[test]), Preprocessing(scale=1 / 255)
    )


def _uploaded(spec: Uploaded, path: Path | None) -> Table:
    if path is None:
        raise DatasetError(f"there is no file of dataset {spec.name}: it is not built in")
    regression = spec.task == "regression"
    of_target = ("target_scale", "target_offset") if regression else ()
    *arrays, scale, offset = read_arrays(path, (*ARRAY_NAMES, "scale", "offset"))
    check_promises(spec, arrays, path)
    x_train, y_train, x_test, y_test = arrays
    preprocessing = Preprocessing(scale, offset, _needed(x_train))
    if not regression:
        return Table(x_train, y_train, x_test, y_test, preprocessing, fitted=_scales(preprocessing))
    unit, mean = map(float, read_arrays(path, of_target))
    target = Preprocessing(unit, mean, _needed(y_train))
    numbers = y_train.astype(np.float64), y_test.astype(np.float64)
    fitted = _scales(preprocessing) or _scales(target)
    return Table(x_train, numbers[0], x_test, numbers[1], preprocessing, target, fitted)


def _scales(preprocessing: Preprocessing) -> bool:
    """Whether it was asked to standardize: what does not is one and zero throughout."""
    return bool(np.any(preprocessing.scale != 1.0) or np.any(preprocessing.offset))


def _labels(y: Array) -> Array:
    return np.array(y, np.int32).reshape(-1)


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
