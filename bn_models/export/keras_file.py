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

from bn_models.export.onnx_writer import Numbers
from bn_models.network.batch_normalization import plain
from bn_models.plan import layers

Rows = NDArray[np.float32]


def keras_file(model: Any, row_shape: layers.Shape, scale: Numbers, offset: Numbers) -> bytes:
    """``model``, which takes preprocessed rows, on raw rows (rows, *row_shape): the bytes of a ``.keras`` file."""
    # Subtracted first: a column's mean can be far larger than its spread.
    centered = [keras.layers.Rescaling(1.0, np.negative(offset).tolist())] if np.any(offset) else []
    rescaled = keras.layers.Rescaling(np.asarray(scale).tolist())
    wrapped = keras.Sequential([keras.Input(row_shape), *centered, rescaled, *map(plain, model.layers)])
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
