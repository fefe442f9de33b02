"""The trained model as a ``.keras`` file that takes raw rows, and the weights that such a file holds."""

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from numpy.typing import NDArray

from bn_models.datasets.arrays import Preprocessing
from bn_models.network.batch_normalization import plain
from bn_models.plan import layers

Rows = NDArray[np.float32]


def keras_file(
    model: Any,
    row_shape: layers.Shape,
    preprocessing: Preprocessing,
    target: Preprocessing | None = None,
) -> bytes:
    """``model``, which takes preprocessed rows, on raw rows (rows, *row_shape): the bytes of a ``.keras`` file.

    As in the ONNX model raw rows are centered in float64, and a ``target`` that needs it is predicted in float64.
    """
    scale, offset = np.asarray(preprocessing.scale).tolist(), np.negative(preprocessing.offset).tolist()
    before, after = [keras.layers.Rescaling(scale)], []
    if preprocessing.centers:
        before = [  # subtracted first: a column's mean can be far larger than its spread
            keras.layers.Rescaling(1.0, offset, dtype="float64"),
            keras.layers.Rescaling(scale, dtype="float64"),
        ]
    if target is not None and target.raw_dtype == "float64":
        after = [keras.layers.Rescaling(1 / target.scale, target.offset, dtype="float64")]
    inputs = keras.Input(row_shape, dtype=preprocessing.raw_dtype)
    wrapped = keras.Sequential([inputs, *before, *map(plain, model.layers), *after])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        wrapped.save(path)
        return path.read_bytes()


def stored_weights(data: bytes) -> list[Rows]:
    """The weights in a ``.keras`` file; building its model anew would take longer than training it."""
    found: list[Rows] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        file.visititems(lambda _, item: found.append(item[()]) if isinstance(item, h5py.Dataset) else None)
    return found


def sorted_weights(weights: Sequence[Rows]) -> list[Rows]:
    """The weights in an order that depends on shapes and bytes only: the file names layers in its own way."""
    return sorted(weights, key=lambda weight: (weight.shape, weight.tobytes()))
