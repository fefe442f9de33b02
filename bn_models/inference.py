"""ONNX bytes -> predictions, on onnxruntime. Never loads TensorFlow."""

import json
import math
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Rows = NDArray[np.floating[Any]]
NUMPY_TYPES = {"tensor(float)": np.float32, "tensor(double)": np.float64}


AT_ONCE = 65_536
"""Values of the rows that are computed together: more needs memory without end, and is slower a row."""


class RowShapeError(ValueError):
    """The rows do not have the shape that the model was trained on."""


def class_indices(predictions: Rows) -> NDArray[np.int64]:
    """The likeliest class of each row of ``predictions`` (batch, outputs); -1, which is no class, where not finite.

    A single output is the probability of the second class, which it takes more than a half of, as in training.
    """
    likeliest = predictions.argmax(1) if predictions.shape[1] > 1 else (predictions[:, 0] > 0.5).astype(np.int64)
    return np.where(np.isfinite(predictions).all(axis=1), likeliest, -1)


class InferenceModel:
    """A model that predicts from raw rows: its preprocessing is inside.

    ``labels`` are the classes of its outputs; none where they are counted or there are no classes. ``columns`` are the
    names of a row's numbers in their order; none where they have none.
    """

    def __init__(self, onnx: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # requests run side by side instead
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self.input_dtype, self.output_dtype = (
            np.dtype(NUMPY_TYPES[value.type]) for value in (*self._session.get_inputs(), *self._session.get_outputs())
        )
        self.input_shape: tuple[int, ...] = tuple(self._session.get_inputs()[0].shape[1:])
        self.output_shape: tuple[int, ...] = tuple(self._session.get_outputs()[0].shape[1:])
        properties = self._session.get_modelmeta().custom_metadata_map
        self.labels: list[str | int] = json.loads(properties.get("labels", "[]"))
        self.columns: list[str] = json.loads(properties.get("columns", "[]"))
        self._rows_at_once = max(16, min(1024, AT_ONCE // math.prod(self.input_shape)))

    def predict(self, rows: Rows) -> Rows:
        """(batch, \\*input_shape) -> (batch, \\*output_shape); axes of length 1 may be there or not.

        Rows of another precision are brought to the model's. Raises RowShapeError when they have another shape.
        """
        if rows.shape[1:] != self.input_shape:
            rows = self._reshaped(rows)
        if len(rows) == 0:  # onnxruntime aborts the process on a recurrent layer without rows
            return np.empty((0, *self.output_shape), self.output_dtype)
        if len(rows) <= self._rows_at_once:
            return self._run(rows)
        parts = range(0, len(rows), self._rows_at_once)
        return np.concatenate([self._run(rows[first : first + self._rows_at_once]) for first in parts])

    def classes(self, predictions: Rows) -> list[str | int | None]:
        """The likeliest label of each row of ``predictions`` (batch, outputs); None where they are not finite."""
        return [None if i < 0 else self.labels[i] for i in class_indices(predictions).tolist()]

    def _run(self, rows: Rows) -> Rows:
        inputs = {"input": rows.astype(self.input_dtype, copy=False)}
        predictions: Rows = self._session.run(["output"], inputs)[0]
        return predictions

    def _reshaped(self, rows: Rows) -> Rows:
        given, expected = rows.shape[1:], self.input_shape
        if rows.ndim == 0 or [n for n in given if n != 1] != [n for n in expected if n != 1]:
            raise RowShapeError(
                f"each row must have shape {list(expected)}, "
                f"and all rows {['batch', *expected]} together; the request has shape {list(rows.shape)}"
            )
        return rows.reshape(rows.shape[0], *expected)
