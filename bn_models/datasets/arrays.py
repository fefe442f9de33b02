"""A dataset as arrays, preprocessed as the network reads it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bn_models.spec.dataset import DatasetSpec

Array = np.ndarray[Any, Any]
DType = Literal["float32", "float64"]
ROWS_AT_ONCE = 65_536
"""Rows that are float64 at a time."""


class DatasetError(Exception):
    """The dataset cannot be had or is not what its name says; the message says what to do."""


class NotHere(DatasetError):
    """The files of a built-in dataset are not in the data directory, nor could they be downloaded."""


@dataclass(frozen=True)
class Preprocessing:
    """network input = (raw - offset) * scale; both are one number, or one for each of a row's.

    What is centered is computed in float64 and narrowed afterwards: float32 has seven digits, and those of a time in
    seconds since 1970 are all used up by the years.
    """

    scale: float | Array = 1.0
    offset: float | Array = 0.0
    raw_dtype: DType = "float32"
    """What raw numbers need: float64 where float32 would lose more than the model can do without."""

    @property
    def centers(self) -> bool:
        return bool(np.any(self.offset)) or self.raw_dtype == "float64"

    def forward(self, raw: Array) -> Array:
        """float32 network inputs of raw rows (rows, …)."""
        if not self.centers:
            x = np.array(raw, np.float32)
            x *= np.float32(self.scale)
            return x
        x = np.empty(raw.shape, np.float32)
        for first in range(0, len(raw), ROWS_AT_ONCE):
            part = slice(first, first + ROWS_AT_ONCE)
            x[part] = (raw[part].astype(np.float64) - self.offset) * self.scale
        return x


@dataclass(frozen=True, eq=False)
class Data:
    """x: float32, preprocessed, (rows, *dataset.row_shape); y: (rows,), int32 class indices or float32 numbers.

    The numbers of a regression are ``(raw - target.offset) * target.scale``. ``raw_x_val`` and ``raw_y_val`` are the
    validation rows as they were before, which is what the served model is asked.
    """

    x_train: Array
    y_train: Array
    x_val: Array
    y_val: Array
    raw_x_val: Array
    raw_y_val: Array
    preprocessing: Preprocessing
    target: Preprocessing = Preprocessing()


def data_of(
    spec: DatasetSpec, arrays: tuple[Array, ...], preprocessing: Preprocessing, target: Preprocessing | None = None
) -> Data:
    x_train, y_train, x_val, y_val = arrays
    if spec.task == "regression":
        assert target is not None
        raw_y_val = np.asarray(y_val, np.float64)
        y_train, y_val = target.forward(y_train), target.forward(y_val)
    else:
        y_train, y_val = _labels(y_train), _labels(y_val)
        raw_y_val = y_val
    data = Data(
        preprocessing.forward(x_train), y_train, preprocessing.forward(x_val), y_val,
        np.array(x_val, preprocessing.raw_dtype), raw_y_val, preprocessing, target or Preprocessing(),
    )  # fmt: skip
    assert len(data.x_train) == spec.train_rows
    for array in (data.x_train, data.y_train, data.x_val, data.y_val):
        array.setflags(write=False)  # shared by every run of this process
    return data


def _labels(y: Array) -> Array:
    return np.array(y, np.int32).reshape(-1)
