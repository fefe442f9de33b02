"""The bodies of TensorFlow Serving's REST API (tensorflow.org/tfx/serving/api_rest), without HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.inference import InferenceModel, Rows
from service.errors import BadPrediction
from service.serving.json_codec import dumps, json_object, numbers
from service.serving.named_columns import columns_in_order, mixed, rows_in_order

SIGNATURE = "serving_default"
DTYPES = {"float32": "DT_FLOAT", "float64": "DT_DOUBLE"}
FORM = '{"instances": [...]} or {"inputs": ...}'
ANSWERS = {"instances": "predictions", "inputs": "outputs"}


@dataclass(frozen=True)
class PredictRequest:
    """``form`` is the member the rows came in, ``instances`` or ``inputs``."""

    form: str
    rows: Rows


def parse_predict_request(body: bytes, model: InferenceModel) -> PredictRequest:
    """Reads rows (``instances``), or one tensor or columns (``inputs``). BadPrediction says what is wrong."""
    request = json_object(body, FORM)
    given = [form for form in ANSWERS if form in request]
    if len(given) != 1:
        raise BadPrediction(
            f"give exactly one of 'instances' and 'inputs'; the body has {' and '.join(given) or 'none'}"
        )
    signature = request.get("signature_name", SIGNATURE)
    if signature not in (SIGNATURE, ""):
        raise BadPrediction(f"the model has no signature {signature!r}: its only one is {SIGNATURE!r}")
    [form] = given
    values = request[form]
    if form == "instances":
        if not isinstance(values, list) or not values:
            raise BadPrediction("'instances' must be a list with at least one row")
        if isinstance(values[0], dict):
            values = rows_in_order(values, body, model)
    elif isinstance(values, dict):
        return PredictRequest(form, columns_in_order(values, body, model))
    try:
        return PredictRequest(form, numbers(values, form, model.input_dtype))
    except BadPrediction:
        if isinstance(values, list) and any(isinstance(row, dict) for row in values):
            raise mixed(f"{form} mixes lists and objects") from None
        raise


def predict_response(request: PredictRequest, predictions: Rows, model: InferenceModel) -> bytes:
    """TensorFlow Serving's body, with each row's likeliest label where the model knows its ``labels``."""
    document: dict[str, Any] = {ANSWERS[request.form]: predictions}
    if model.labels:
        document["labels"] = model.classes(predictions)
    return dumps(document, predictions)


def status(versions: Sequence[int]) -> dict[str, Any]:
    fine = {"error_code": "OK", "error_message": ""}
    return {
        "model_version_status": [
            {"version": str(version), "state": "AVAILABLE", "status": fine} for version in versions
        ]
    }


def metadata(name: str, version: int, model: InferenceModel) -> dict[str, Any]:
    signature = {
        "inputs": {"input": _tensor_info("serving_default_input:0", model.input_dtype, model.input_shape)},
        "outputs": {"output": _tensor_info("StatefulPartitionedCall:0", model.output_dtype, model.output_shape)},
        "method_name": "tensorflow/serving/predict",
    }
    described: dict[str, Any] = {"signature_def": {"signature_def": {SIGNATURE: signature}}}
    if model.columns:
        described["columns"] = model.columns
    return {"model_spec": {"name": name, "signature_name": "", "version": str(version)}, "metadata": described}


def _tensor_info(name: str, dtype: np.dtype[Any], row_shape: tuple[int, ...]) -> dict[str, Any]:
    axes = [{"size": str(size), "name": ""} for size in (-1, *row_shape)]
    return {"dtype": DTYPES[dtype.name], "tensor_shape": {"dim": axes, "unknown_rank": False}, "name": name}
