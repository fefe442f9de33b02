"""Datasets that lie in npz files: their arrays, and whether they are what their spec says."""

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from bn_models.datasets.arrays import DatasetError
from bn_models.spec.dataset import Images, Uploaded

Array = np.ndarray[Any, Any]
ARRAY_NAMES = ("x_train", "y_train", "x_test", "y_test")


def check_promises(spec: Uploaded, arrays: list[Array], path: Path) -> None:
    x_train, y_train, x_test, y_test = arrays
    for x, y, rows in ((x_train, y_train, spec.train_rows), (x_test, y_test, spec.test_rows)):
        if x.shape != (rows, *spec.row_shape) or y.shape != (rows,):
            raise DatasetError(f"{path} is not dataset {spec.name}: delete the file, it is made again")


def read_arrays(path: Path, names: tuple[str, ...] = ARRAY_NAMES) -> tuple[Array, ...]:
    """Raises DatasetError for anything but the named arrays; pickled objects are refused."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [name for name in names if name not in archive]
            if missing:
                raise DatasetError(f"{path} lacks the arrays {', '.join(missing)}: save it as Keras's npz files are")
            return tuple(archive[name] for name in names)
    except (OSError, ValueError, EOFError, TypeError, AttributeError, BadZipFile) as error:
        raise DatasetError(f"{path} is not a readable npz file of plain arrays ({error}): replace it") from error


def check_images(spec: Images, arrays: tuple[Array, ...], source: str) -> None:
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
    if len(arrays[0]) != spec.all_train_rows:
        raise DatasetError(f"{source}: x_train has {len(arrays[0])} rows; {spec.name} has {spec.all_train_rows}")
    if len(arrays[2]) < (spec.test_samples or 1):
        raise DatasetError(f"{source}: x_test has {len(arrays[2])} rows, fewer than test_samples {spec.test_samples}")
