"""What /openapi.json says of the routes that :mod:`service.api.predictions` answers."""

from typing import Any

from service.api.http.problems import answers

TENSORFLOW_SERVING = ("", "/versions/{version}", "/labels/{label}")
OPEN_INFERENCE = ("", "/versions/{version}")
PATH_PARAMETERS = {"name": "job id or alias", "version": "a number", "label": "a label of an alias"}
ROWS = [[0.1, 0.2], [0.9, 0.3]]


def paths() -> dict[str, Any]:
    return {
        **{f"/v1/models/{{name}}{which}:predict": {"post": _predict(which)} for which in TENSORFLOW_SERVING},
        **{f"/v2/models/{{name}}{which}/infer": {"post": _infer(which)} for which in OPEN_INFERENCE},
    }


def _predict(which: str) -> dict[str, Any]:
    properties = {
        "instances": {
            "type": "array",
            "minItems": 1,
            "description": "one entry a row: a list, or an object by column name, in any order",
        },
        "inputs": {"description": "all rows as one tensor, or an object of columns by name"},
        "signature_name": {"type": "string", "enum": ["serving_default"]},
    }
    answer = {"predictions": {"type": "array"}, "outputs": {"type": "array"}}
    description = '`{"instances": [...]}` gives `{"predictions": [...]}`, `{"inputs": ...}` gives `{"outputs": ...}`. '
    return {
        "tags": ["models"],
        "summary": "Predict, as TensorFlow Serving does",
        "description": description + "Send raw rows: the preprocessing is part of the model. "
        "Names of columns are those of the uploaded table that it was trained on; unknown and missing ones are a 400.",
        "operationId": _operation("predict", which),
        "parameters": _parameters(which),
        "requestBody": _body(properties, [], {"rows": {"instances": ROWS}, "columns": {"inputs": ROWS}}),
        "responses": _responses(answer, {}),
    }


def _infer(which: str) -> dict[str, Any]:
    tensor = {"type": "object", "required": ["name", "shape", "datatype"]}
    properties = {
        "id": {"type": "string"},
        "inputs": {"type": "array", "items": tensor, "minItems": 1, "maxItems": 1},
        "outputs": {"type": "array", "items": {"type": "object", "required": ["name"]}},
        "parameters": {"type": "object"},
    }
    example = {"inputs": [{"name": "input", "shape": [2, 2], "datatype": "FP32", "data": ROWS}]}
    answer = {
        "model_name": {"type": "string"},
        "model_version": {"type": "string"},
        "id": {"type": "string"},
        "outputs": {"type": "array"},
    }
    length = {
        "name": "Inference-Header-Content-Length",
        "in": "header",
        "required": False,
        "schema": {"type": "integer", "minimum": 0},
        "description": "length of the JSON when raw tensors follow it",
    }
    return {
        "tags": ["open inference protocol"],
        "summary": "Predict, as the Open Inference Protocol has it",
        "description": "With the binary tensor extension in both directions. A float input may hold NaN and infinities "
        "in a binary tensor: the answer's `parameters` say how many, as `non_finite_inputs`.",
        "operationId": _operation("infer", which),
        "parameters": [*_parameters(which), length],
        "requestBody": _body(properties, ["inputs"], {"json": example}),
        "responses": _responses(answer, {"application/octet-stream": {"schema": {"type": "string"}}}),
    }


def _operation(what: str, which: str) -> str:
    return f"{what}_{which.partition('{')[2].strip('}') or 'latest'}"


def _parameters(which: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, "description": description}
        for name, description in PATH_PARAMETERS.items()
        if name == "name" or f"{{{name}}}" in which
    ]


def _body(properties: dict[str, Any], required: list[str], examples: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required}
    named = {name: {"value": value} for name, value in examples.items()}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": named}}}


def _responses(answer: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "properties": answer}}, **more}
    errors = {str(status): document for status, document in answers(400, 404, 409, 413, 415, 503).items()}
    return {"200": {"description": "class probabilities", "content": content}, **errors}
