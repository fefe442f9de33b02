"""Predictions of arrays without turning numbers into text: the client's side of the binary tensor extension.

A body is JSON and then raw little-endian tensors; a header says how long the JSON is.
(triton-inference-server/server, extension_binary_data.md)
"""

from collections.abc import Mapping

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

JSON_LENGTH = "Inference-Header-Content-Length"


def request(rows: ArrayLike) -> tuple[bytes, dict[str, str]]:
    """Body and headers that ask for predictions of ``rows`` (rows, \\*row_shape)."""
    array = np.asarray(rows, "<f4")
    raw = array.tobytes()
    parameters = {"binary_data_size": len(raw)}
    tensor = {"name": "input", "shape": array.shape, "datatype": "FP32", "parameters": parameters}
    output = {"name": "output", "parameters": {"binary_data": True}}
    document = orjson.dumps({"inputs": [tensor], "outputs": [output]})
    return document + raw, {JSON_LENGTH: str(len(document)), "Content-Type": "application/octet-stream"}


def predictions(body: bytes, headers: Mapping[str, str]) -> NDArray[np.float32]:
    """What was answered, (rows, outputs)."""
    length = int(headers[JSON_LENGTH])
    [output] = orjson.loads(body[:length])["outputs"]
    return np.frombuffer(body, "<f4", offset=length).reshape(output["shape"]).astype(np.float32)
