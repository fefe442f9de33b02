"""A dataset as arrays, preprocessed as the network reads it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.spec.dataset import DatasetSpec

Array = np.ndarray[Any, Any]


class DatasetError(Exception):
    """The dataset cannot be had or is not what its name says; the message says what to do."""


class NotHere(DatasetError):
    """The files of a built-in dataset are not in the data directory, nor could they be downloaded."""


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


def data_of(
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
