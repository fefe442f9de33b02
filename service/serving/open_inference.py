"""The bodies of the Open Inference Protocol v2 with the binary tensor extension, without HTTP.

With the extension a body is JSON and then raw little-endian tensors; a header says how long the JSON is.
(kserve/open-inference-protocol, inference_rest.md; triton-inference-server/server, extension_binary_data.md)
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from bn_models.inference import InferenceModel, Rows
from service.errors import BadPrediction
from service.serving.json_codec import MAX_AXES, dumps, json_object, numbers
from service.vocabulary import TENSOR_DATATYPES

FORM = '{"inputs": [{"name": "input", "shape": [...], "datatype": "FP32", "data": [...]}]}'
INPUT, OUTPUT = "input", "output"
BINARY: dict[str, np.dtype[Any]] = {name: np.dtype(code) for name, code in TENSOR_DATATYPES.items()}
"""What is accepted as an input, whatever the model's precision: it is brought to the model's."""
DATATYPES = {dtype.name: name for name, dtype in BINARY.items()}
UNSUPPORTED = ("shared_memory_region", "classification")


@dataclass(frozen=True)
class InferRequest:
    rows: Rows
    id: str | None
    binary: bool
    """Whether the predictions are asked for as a raw tensor."""


def parse_infer_request(body: bytes, json_length: int | None, model: InferenceModel) -> InferRequest:
    """``json_length`` is None for a body that is all JSON, and 0 for one that is a raw tensor and nothing else.

    Raises BadPrediction, which names the input and what was expected of it.
    """
    if json_length == 0:
        return InferRequest(_raw_rows(body, model), None, binary=True)
    if json_length is not None and json_length > len(body):
        raise BadPrediction(f"Inference-Header-Content-Length is {json_length}; the body has {len(body)} bytes only")
    request = json_object(body if json_length is None else body[:json_length], FORM)
    id = request.get("id")
    if id is not None and not isinstance(id, str):
        raise BadPrediction("'id' must be a string")
    tensor = _only_input(request)
    binary = _wants_binary(request)
    return InferRequest(_rows(tensor, body, len(body) if json_length is None else json_length, model), id, binary)


def infer_response(request: InferRequest, predictions: Rows, name: str, version: int) -> tuple[bytes, int | None]:
    """The body of the answer, and the length of its JSON when a raw tensor follows."""
    output: dict[str, Any] = {
        "name": OUTPUT,
        "shape": list(predictions.shape),
        "datatype": DATATYPES[predictions.dtype.name],
    }
    document: dict[str, Any] = {"model_name": name, "model_version": str(version), "outputs": [output]}
    if request.id is not None:
        document["id"] = request.id
    if not_finite := request.rows.size - int(np.count_nonzero(np.isfinite(request.rows))):
        document["parameters"] = {"non_finite_inputs": not_finite}
    if not request.binary:
        output["data"] = predictions.ravel()
        return dumps(document, predictions), None
    raw = predictions.astype(predictions.dtype.newbyteorder("<"), copy=False).tobytes()
    output["parameters"] = {"binary_data_size": len(raw)}
    header = orjson.dumps(document)
    return header + raw, len(header)


def metadata(name: str, versions: list[int], model: InferenceModel) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": name,
        "versions": [str(version) for version in versions],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": INPUT, "datatype": DATATYPES[model.input_dtype.name], "shape": [-1, *model.input_shape]}],
        "outputs": [
            {"name": OUTPUT, "datatype": DATATYPES[model.output_dtype.name], "shape": [-1, *model.output_shape]}
        ],
    }
    if model.columns:
        document["parameters"] = {"columns": model.columns}
    return document


def _only_input(request: dict[str, Any]) -> dict[str, Any]:
    inputs = request.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(tensor, dict) for tensor in inputs):
        raise BadPrediction(f"'inputs' must be a list of tensors: {FORM}")
    names = [tensor.get("name") for tensor in inputs]
    if names != [INPUT]:
        raise BadPrediction(f"the model has one input, named {INPUT!r}; the request has {names}")
    tensor: dict[str, Any] = inputs[0]
    return tensor


def _wants_binary(request: dict[str, Any]) -> bool:
    default = _parameters(request, "the request").get("binary_data_output", False)
    outputs = request.get("outputs")
    wanted = default
    if outputs:
        if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
            raise BadPrediction("'outputs' must be a list of objects with a name")
        names = [output.get("name") for output in outputs]
        if names != [OUTPUT]:
            raise BadPrediction(f"the model has one output, named {OUTPUT!r}; the request asks for {names}")
        wanted = _parameters(outputs[0], f"output {OUTPUT!r}").get("binary_data", default)
    if not isinstance(wanted, bool):
        raise BadPrediction("'binary_data' and 'binary_data_output' must be true or false")
    return wanted


def _parameters(part: dict[str, Any], where: str) -> dict[str, Any]:
    parameters = part.get("parameters")
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise BadPrediction(f"'parameters' of {where} must be an object")
    for name in UNSUPPORTED:
        if name in parameters:
            raise BadPrediction(f"{where}: parameter {name!r} is not supported here")
    return parameters


def _rows(tensor: dict[str, Any], body: bytes, json_length: int, model: InferenceModel) -> Rows:
    own = DATATYPES[model.input_dtype.name]
    expected = f"input {INPUT!r}: expected datatype {own} and shape {[-1, *model.input_shape]}"
    if tensor.get("datatype") not in BINARY:
        raise BadPrediction(f"{expected}; the request has datatype {tensor.get('datatype')!r}")
    shape = tensor.get("shape")
    if not isinstance(shape, list) or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise BadPrediction(f"{expected}; the request has shape {shape!r}")
    if not 0 < len(shape) <= MAX_AXES:
        raise BadPrediction(f"{expected}; the request has a shape of {len(shape)} axes")
    size = _parameters(tensor, f"input {INPUT!r}").get("binary_data_size")
    if size is None:
        rows = _json_rows(tensor, shape, len(body) - json_length, model)
    else:
        rows = _binary_rows(tensor, shape, size, body, json_length)
    if [n for n in shape[1:] if n != 1] != [n for n in model.input_shape if n != 1]:
        raise BadPrediction(f"{expected}; the request has shape {shape}")
    return rows.reshape(shape)


def _json_rows(tensor: dict[str, Any], shape: list[int], following: int, model: InferenceModel) -> Rows:
    if following:
        raise BadPrediction(f"input {INPUT!r}: {following} bytes follow the JSON, but it has no 'binary_data_size'")
    if "data" not in tensor:
        raise BadPrediction(f"input {INPUT!r} has neither 'data' nor the parameter 'binary_data_size'")
    rows = numbers(tensor["data"], f"data of input {INPUT!r}", model.input_dtype)
    if rows.size != math.prod(shape):
        raise BadPrediction(f"input {INPUT!r}: shape {shape} means {math.prod(shape)} numbers; 'data' has {rows.size}")
    return rows


def _binary_rows(tensor: dict[str, Any], shape: list[int], size: Any, body: bytes, json_length: int) -> Rows:
    if "data" in tensor:
        raise BadPrediction(f"input {INPUT!r}: give 'data' or 'binary_data_size', not both")
    datatype = tensor["datatype"]
    dtype = BINARY[datatype]
    needed, following = dtype.itemsize * math.prod(shape), len(body) - json_length
    if size != needed or following != size:
        raise BadPrediction(
            f"input {INPUT!r}: {datatype} of shape {shape} is {needed} bytes; 'binary_data_size' is {size!r} "
            f"and {following} bytes follow the JSON"
        )
    return _floats(body, json_length, dtype)


def _raw_rows(body: bytes, model: InferenceModel) -> Rows:
    row = model.input_dtype.itemsize * math.prod(model.input_shape)
    if len(body) == 0 or len(body) % row:
        raise BadPrediction(
            f"input {INPUT!r}: a row is {row} bytes ({DATATYPES[model.input_dtype.name]} of shape "
            f"{list(model.input_shape)}); "
            f"the body has {len(body)} bytes"
        )
    return _floats(body, 0, model.input_dtype).reshape(-1, *model.input_shape)


def _floats(body: bytes, offset: int, dtype: np.dtype[Any]) -> Rows:
    """The rest of ``body`` without a copy, unless its address is one that onnxruntime may not read."""
    if offset == len(body):
        return np.empty(0, dtype)
    rows = np.frombuffer(body, dtype.newbyteorder("<"), offset=offset)
    return rows if rows.flags.aligned else rows.copy()
