"""Numbers of a prediction: JSON values -> arrays of the model's precision, and predictions -> JSON."""

from array import array
from itertools import chain
from typing import Any

import numpy as np
import orjson

from bn_models.inference import InferenceModel, Rows, RowShapeError
from service.errors import BadPrediction
from service.non_finite import spelled_out

FLOAT32: np.dtype[Any] = np.dtype(np.float32)
MAX_AXES = 64
"""What numpy can hold; models have fewer."""


def json_object(body: bytes, form: str) -> dict[str, Any]:
    """The object that ``body`` is; ``form`` says what it should look like."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPrediction(f"the body is not {_what_is_not(body, error)}") from error
    if not isinstance(value, dict):
        raise BadPrediction(f"the body must be an object: {form}")
    return value


def _what_is_not(body: bytes, error: orjson.JSONDecodeError) -> str:
    """orjson does not say where bytes are no UTF-8."""
    try:
        body.decode()
    except UnicodeDecodeError as place:
        return f"UTF-8: {place.reason} at byte {place.start}"
    return f"JSON: {error}"


def numbers(values: Any, where: str, dtype: np.dtype[Any] = FLOAT32) -> Rows:
    """Nested lists of numbers that are finite in ``dtype``, the model's, as an array (rows, …) of it.

    BadPrediction says what in ``where`` is wrong.

    Not by np.asarray: that gives every number the room of the longest word among them, so that a small body with one
    word in it asks for all memory.
    """
    shape, leaves = _flattened(values, where)
    try:
        if leaves and type(leaves[0]) is bool:
            raise TypeError
        rows = np.array(array(dtype.char, leaves), dtype).reshape(shape)
    except TypeError as error:
        raise BadPrediction(f"{where} must be a list of rows of one shape, and hold numbers only") from error
    if not np.isfinite(rows).all():
        place = np.argwhere(~np.isfinite(rows))[0].tolist()
        raise BadPrediction(
            f"{where}{''.join(f'[{i}]' for i in place)} is not a finite {8 * dtype.itemsize}-bit number"
        )
    return rows


def _flattened(values: Any, where: str) -> tuple[list[int], list[Any]]:
    """The shape of nested lists, by their first elements, and what they hold."""
    if not isinstance(values, list):
        raise BadPrediction(f"{where} must be a list of rows")
    shape = [len(values)]
    while values and type(values[0]) is list:
        try:
            lengths = set(map(len, values))
        except TypeError as error:
            raise BadPrediction(f"{where} does not have one shape: a number is beside a list") from error
        if len(lengths) > 1:
            raise BadPrediction(
                f"the rows of {where} do not have one shape: lists of {min(lengths)} and {max(lengths)} values"
            )
        shape += lengths
        values = list(chain.from_iterable(values))
    if len(shape) > MAX_AXES:
        raise BadPrediction(f"{where} has {len(shape)} axes")
    return shape, values


def predict(model: InferenceModel, rows: Rows) -> Rows:
    try:
        return model.predict(rows)
    except RowShapeError as error:
        raise BadPrediction(f"input 'input': {error}") from error


def dumps(answer: dict[str, Any], predictions: Rows) -> bytes:
    """``answer``, which holds ``predictions`` somewhere, as JSON; what is not finite is spelled out."""
    if np.isfinite(predictions).all():
        return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    return orjson.dumps(spelled_out(_without_arrays(answer)))


def _without_arrays(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _without_arrays(item) for key, item in value.items()}
    return [_without_arrays(item) for item in value] if isinstance(value, list) else value
