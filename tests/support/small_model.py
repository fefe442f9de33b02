"""A model small enough to know its predictions: sigmoid(weight x0 + 2 x1)."""

from collections.abc import Sequence

import numpy as np

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.onnx_writer import to_onnx
from bn_models.plan import layers as planned


def small_model(weight: float = 1.0, columns: Sequence[str] = ()) -> tuple[bytes, bytes]:
    layers = [planned.Dense(1, "sigmoid", use_bias=True)]
    weights = [[np.array([[weight], [2.0]], np.float32), np.zeros(1, np.float32)]]
    return to_onnx(layers, weights, (2,), Preprocessing(), columns=columns), b"keras file"
