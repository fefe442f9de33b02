"""Routes under /v1/models, as TensorFlow Serving's REST API has them."""

from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from bn_models.inference import InferenceModel, RowShapeError
from service import models
from service.api.dependencies import DatabaseOf, PredictorOf
from service.api.problems import answers
from service.errors import BadPrediction
from service.metrics import PREDICTION_SECONDS
from service.numbers import spelled_out

router = APIRouter(prefix="/v1/models", tags=["models"])
INLINE_VALUES = 65_536
"""Requests of more numbers than this are predicted in a thread, so that small ones need not wait for them."""


class VersionStatus(BaseModel):
    version: str
    state: str
    status: dict[str, str]


class ModelStatus(BaseModel):
    model_version_status: list[VersionStatus]


@router.get("/{name}", response_model=ModelStatus, responses=answers(404, 409, 422))
def model_status(name: str, database: DatabaseOf) -> ModelStatus:
    """Whether the model of a job can be asked for predictions."""
    with database.read() as session:
        models.find(session, name)
    available = VersionStatus(version="1", state="AVAILABLE", status={"error_code": "OK", "error_message": ""})
    return ModelStatus(model_version_status=[available])


PREDICT_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "instances": {"type": "array", "description": "one entry a row"},
                        "inputs": {"description": "all rows as one tensor"},
                        "signature_name": {"type": "string"},
                    },
                },
                "examples": {
                    "rows": {"value": {"instances": [[0.1, 0.2], [0.9, 0.3]]}},
                    "columns": {"value": {"inputs": [[0.1, 0.2], [0.9, 0.3]]}},
                },
            }
        },
    }
}
PREDICTIONS = {
    "type": "object",
    "properties": {"predictions": {"type": "array"}, "outputs": {"type": "array"}},
}


@router.post(
    "/{name}:predict",
    response_class=Response,
    openapi_extra=PREDICT_BODY,
    responses={
        200: {"content": {"application/json": {"schema": PREDICTIONS}}, "description": "class probabilities"},
        **answers(400, 404, 409, 413, 422),
    },
)
async def predict(name: str, request: Request, predictor: PredictorOf) -> Response:
    """`{"instances": [...]}` gives `{"predictions": [...]}`, `{"inputs": ...}` gives `{"outputs": ...}`. Raw rows."""
    body = await request.body()
    with PREDICTION_SECONDS.time():
        model = predictor.ready(name)
        if model is None:
            model = await run_in_threadpool(predictor.load, name)
        key, rows = _rows(body)
        if rows.size > INLINE_VALUES:
            predictions = await run_in_threadpool(_predict, model, rows)
        else:
            predictions = _predict(model, rows)
        answer = {"instances": "predictions", "inputs": "outputs"}[key]
        return Response(_json({answer: predictions}), media_type="application/json")


def _rows(body: bytes) -> tuple[str, NDArray[np.float32]]:
    """The member that has the rows, ``instances`` or ``inputs``, and the rows."""
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadPrediction(f"the body is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise BadPrediction('the body must be an object: {"instances": [...]} or {"inputs": ...}')
    given = [key for key in ("instances", "inputs") if key in request]
    if len(given) != 1:
        raise BadPrediction(
            f"give exactly one of 'instances' and 'inputs'; the body has {' and '.join(given) or 'none'}"
        )
    key = given[0]
    values = request[key]
    if key == "instances":
        if not isinstance(values, list) or not values:
            raise BadPrediction("'instances' must be a list with at least one row")
        if isinstance(values[0], dict):
            values = [_only_input(row, f"instances[{i}]") for i, row in enumerate(values)]
    elif isinstance(values, dict):
        values = _only_input(values, "inputs")
    return key, _numbers(values, key)


def _only_input(named: Any, where: str) -> Any:
    if not isinstance(named, dict) or list(named) != ["input"]:
        raise BadPrediction(f"{where}: the model has one input, named 'input'")
    return named["input"]


def _numbers(values: Any, key: str) -> NDArray[np.float32]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise BadPrediction(f"the rows of '{key}' do not have one shape: {error}") from error
    if array.dtype.kind not in "iuf":
        raise BadPrediction(f"'{key}' must hold numbers only, in rows of one shape")
    with np.errstate(over="ignore"):
        rows = array.astype(np.float32)
    if not np.isfinite(rows).all():
        place = np.argwhere(~np.isfinite(rows))[0].tolist()
        raise BadPrediction(f"{key}{''.join(f'[{i}]' for i in place)} is not a finite 32-bit number")
    return rows


def _predict(model: InferenceModel, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    try:
        return model.predict(rows)
    except RowShapeError as error:
        raise BadPrediction(str(error)) from error


def _json(answer: dict[str, NDArray[np.float32]]) -> bytes:
    if all(np.isfinite(values).all() for values in answer.values()):
        return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    return orjson.dumps(spelled_out({key: values.tolist() for key, values in answer.items()}))
