"""A dataset as arrays, preprocessed as the network reads it."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

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
class Split:
    """x: float32, preprocessed, (rows, *dataset.row_shape); y: (rows,), int32 class indices or float32 numbers.

    The numbers of a regression are ``(raw_y - target.offset) * target.scale``. ``raw_x`` and ``raw_y`` are the rows as
    they were before, which is what the served model is asked; integers stay integers.
    """

    x: Array
    y: Array
    raw_x: Array
    raw_y: Array

    @staticmethod
    def of(raw_x: Array, raw_y: Array, preprocessing: Preprocessing, target: Preprocessing | None) -> "Split":
        y = raw_y if target is None else target.forward(raw_y)
        split = Split(preprocessing.forward(raw_x), y, raw_x, raw_y)
        for array in (split.x, split.y, split.raw_x, split.raw_y):
            array.setflags(write=False)  # shared by every run of this process
        return split

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class Data:
    """Rows to train on, to validate on and, where those are not the same, to test on once."""

    train: Split
    validation: Split
    test: Split | None
    preprocessing: Preprocessing
    target: Preprocessing = Preprocessing()
