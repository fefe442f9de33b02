"""Prediction requests, answered before the framework: routing and its layers would cost more than the prediction.

``POST /v1/models/…:predict`` is TensorFlow Serving's, ``POST /v2/models/…/infer`` the Open Inference Protocol's. All
other requests go on to the application. :mod:`service.api.prediction_docs` describes these routes for /docs.
"""

import logging
import re
from collections.abc import Callable
from functools import partial
from time import perf_counter

from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from bn_models.inference import InferenceModel, Rows
from service.api.http import bodies
from service.api.http.problems import database_problem, problem, service_problem
from service.api.metrics import PREDICTION_SECONDS
from service.api.schemas.model_versions import version_number
from service.errors import BadPrediction, ServiceError
from service.serving import open_inference, tensorflow_serving
from service.serving.json_codec import predict
from service.serving.predictor import Loaded, Predictor

log = logging.getLogger(__name__)
INLINE_BYTES = 65_536
INLINE_SECONDS = 0.002
"""Larger bodies and longer predictions go to a thread, so that small ones need not wait for them."""

TENSORFLOW_SERVING = re.compile(
    r"/v1/models/(?P<name>[^/]+?)(?:/versions/(?P<version>[^/]+?)|/labels/(?P<label>[^/]+?))?"
    r":(?P<method>predict|classify|regress)"
)
OPEN_INFERENCE = re.compile(r"/v2/models/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?/infer")
JSON_LENGTH = b"inference-header-content-length"

JSON = [(b"content-type", b"application/json")]

Headed = tuple[bytes, list[tuple[bytes, bytes]]]
"""The content of an answer and its headers."""
Parsed = tuple[Rows, Callable[[Rows], Headed]]
"""The rows of a request, and what makes its answer of their predictions."""


class Predictions:
    """An ASGI layer around the application."""

    def __init__(self, app: ASGIApp, predictor: Predictor, max_bytes: int) -> None:
        self._app, self._predictor, self._max_bytes = app, predictor, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if route := TENSORFLOW_SERVING.fullmatch(path) or OPEN_INFERENCE.fullmatch(path):
                respond = self._respond if scope["method"] == "POST" else _refuse_method
                await respond(route, scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _respond(self, route: re.Match[str], scope: Scope, receive: Receive, send: Send) -> None:
        try:
            content, headers = await self._answer(route, dict(scope["headers"]), receive)
        except bodies.Disconnected:
            return
        except ServiceError as error:
            await service_problem(error)(scope, receive, send)
        except DBAPIError as error:
            await database_problem(error)(scope, receive, send)
        except Exception:
            log.exception("a prediction failed")
            await problem(500, "Internal error", "the prediction failed; the server's log says why")(
                scope, receive, send
            )
        else:
            headers = [*headers, (b"content-length", b"%d" % len(content))]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    async def _answer(self, route: re.Match[str], headers: dict[bytes, bytes], receive: Receive) -> Headed:
        body = await bodies.read(headers, receive, self._max_bytes)
        begin = perf_counter()
        if encoding := headers.get(b"content-encoding"):
            body = await run_in_threadpool(bodies.decompressed, body, encoding, self._max_bytes)
        if route.re is TENSORFLOW_SERVING:
            name, version, label, method = route.groups()
            found, loaded = await self._predictor.find(name, _number(name, version), label)
            _check_method(method)
            parse: Callable[[bytes], Parsed] = partial(_tensorflow_serving, loaded.model)
        else:
            name, version = route.groups()
            found, loaded = await self._predictor.find(name, _number(name, version))
            parse = partial(_open_inference, headers.get(JSON_LENGTH), name, found.version, loaded.model)
        answer = await _predicted(parse, body, loaded)
        PREDICTION_SECONDS.observe(perf_counter() - begin)
        return answer


def _number(name: str, version: str | None) -> int | None:
    return None if version is None else version_number(name, version)


async def _refuse_method(_route: re.Match[str], scope: Scope, receive: Receive, send: Send) -> None:
    refusal = problem(405, "Method Not Allowed", "predictions are asked for with POST", headers={"Allow": "POST"})
    await refusal(scope, receive, send)


async def _predicted(parse: Callable[[bytes], Parsed], body: bytes, loaded: Loaded) -> Headed:
    if len(body) > INLINE_BYTES:
        return await run_in_threadpool(_parse_and_predict, parse, body, loaded.model)
    rows, answer = parse(body)
    if len(rows) * loaded.row_seconds > INLINE_SECONDS:
        return answer(await run_in_threadpool(predict, loaded.model, rows))
    return answer(predict(loaded.model, rows))


def _parse_and_predict(parse: Callable[[bytes], Parsed], body: bytes, model: InferenceModel) -> Headed:
    rows, answer = parse(body)
    return answer(predict(model, rows))


def _tensorflow_serving(model: InferenceModel, body: bytes) -> Parsed:
    request = tensorflow_serving.parse_predict_request(body, model)
    return request.rows, lambda predictions: (tensorflow_serving.predict_response(request, predictions, model), JSON)


def _open_inference(json_length: bytes | None, name: str, version: int, model: InferenceModel, body: bytes) -> Parsed:
    if json_length is not None and not (json_length.isdigit() and len(json_length) < 20):
        raise BadPrediction("Inference-Header-Content-Length must be the length of the JSON in bytes")
    request = open_inference.parse_infer_request(body, None if json_length is None else int(json_length), model)

    def answer(predictions: Rows) -> Headed:
        content, length = open_inference.infer_response(request, predictions, name, version)
        if length is None:
            return content, JSON
        return content, [(b"content-type", b"application/octet-stream"), (JSON_LENGTH, b"%d" % length)]

    return request.rows, answer


def _check_method(method: str) -> None:
    if method != "predict":
        kind = {"classify": "classification", "regress": "regression"}[method]
        raise BadPrediction(
            f"Expected {kind} signature method_name to be tensorflow/serving/{method}. "
            "Was: tensorflow/serving/predict. The models here have one signature: use :predict"
        )
