"""Numbers of a prediction: JSON values -> float32 arrays, and predictions -> JSON."""

from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bn_models.inference import InferenceModel, Rows, RowShapeError
from service.errors import BadPrediction
from service.numbers import spelled_out


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


def numbers(values: Any, where: str) -> Rows:
    """Nested lists of finite 32-bit numbers as an array (rows, …); BadPrediction says what in ``where`` is wrong."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise BadPrediction(f"the rows of '{where}' do not have one shape: {error}") from error
    if array.ndim == 0 or array.dtype.kind not in "iuf":
        raise BadPrediction(f"'{where}' must be a list of rows of one shape, and hold numbers only")
    with np.errstate(over="ignore"):
        rows = array.astype(np.float32)
    if not np.isfinite(rows).all():
        place = np.argwhere(~np.isfinite(rows))[0].tolist()
        raise BadPrediction(f"{where}{''.join(f'[{i}]' for i in place)} is not a finite 32-bit number")
    return rows


def predict(model: InferenceModel, rows: Rows) -> Rows:
    try:
        return model.predict(rows)
    except RowShapeError as error:
        raise BadPrediction(f"input 'input': {error}") from error


def dumps(answer: dict[str, Any], predictions: NDArray[np.float32]) -> bytes:
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
