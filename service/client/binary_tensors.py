"""Predictions of arrays without turning numbers into text: the client's side of the binary tensor extension.

A body is JSON and then raw little-endian tensors; a header says how long the JSON is.
(triton-inference-server/server, extension_binary_data.md)
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

from service.vocabulary import TENSOR_DATATYPES

JSON_LENGTH = "Inference-Header-Content-Length"


def request(rows: ArrayLike) -> tuple[bytes, dict[str, str]]:
    """Body and headers that ask for predictions of ``rows`` (rows, \\*row_shape).

    Numbers that float32 does not hold travel as float64: a model that tells them apart needs their digits.
    """
    array = np.asarray(rows)
    narrow = array.astype(np.float32)
    held = np.array_equal(narrow, array, equal_nan=array.dtype.kind == "f")
    datatype, array = ("FP32", narrow) if held else ("FP64", array)
    raw = array.astype(TENSOR_DATATYPES[datatype], copy=False).tobytes()
    parameters = {"binary_data_size": len(raw)}
    tensor = {"name": "input", "shape": array.shape, "datatype": datatype, "parameters": parameters}
    output = {"name": "output", "parameters": {"binary_data": True}}
    document = orjson.dumps({"inputs": [tensor], "outputs": [output]})
    return document + raw, {JSON_LENGTH: str(len(document)), "Content-Type": "application/octet-stream"}


def predictions(body: bytes, headers: Mapping[str, str]) -> NDArray[np.floating[Any]]:
    """What was answered, (rows, outputs), in the model's precision."""
    length = int(headers[JSON_LENGTH])
    [output] = orjson.loads(body[:length])["outputs"]
    found = np.frombuffer(body, TENSOR_DATATYPES[output["datatype"]], offset=length).reshape(output["shape"])
    return found.astype(found.dtype.newbyteorder("="))
