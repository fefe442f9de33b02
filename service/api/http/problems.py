"""Errors as RFC 9457 problem documents. Their ``error`` member is what TensorFlow Serving's clients read."""

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.http.methods import allowed
from service.errors import (
    BadPrediction,
    Conflict,
    Invalid,
    NotFound,
    NotReady,
    ServiceError,
    TooLarge,
    UnknownDataset,
    UnknownVersion,
    UnsupportedMediaType,
)

ANSWERS: dict[type[ServiceError], tuple[int, str]] = {
    BadPrediction: (400, "Bad prediction request"),  # as TensorFlow Serving answers
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    TooLarge: (413, "Content too large"),
    UnsupportedMediaType: (415, "Unsupported media type"),
    Invalid: (422, "Invalid request"),
    NotReady: (503, "Not ready"),
    ServiceError: (500, "Internal error"),
}
"""Status and title of each error and of those derived from it."""
ADVICE: dict[type[ServiceError], str] = {
    UnknownDataset: ": upload it with PUT /v1/datasets/{name}",
    UnknownVersion: "; GET /v1/models/{name} lists its versions",
}
"""What to ask this API for next, where that is no part of what went wrong."""

RETRY_SECONDS = "1"
LONGEST_DETAIL = 2000
"""Characters of a detail: it may quote the request."""


class Remedy(BaseModel):
    msg: str
    code: str | None = None


class FieldError(BaseModel):
    """``fact`` and ``remedies`` of a file are its ``msg`` taken apart, for those who name options in other words."""

    loc: list[str | int]
    msg: str
    fact: str | None = None
    remedies: list[Remedy] | None = None


class Problem(BaseModel):
    type: str
    title: str
    status: int
    detail: str
    error: str
    errors: list[FieldError] | None = None


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        """Half a surrogate pair is a string of JSON and no UTF-8: it is quoted as ``?``."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def problem(
    status: int,
    title: str,
    detail: str,
    errors: list[dict[str, Any]] | None = None,
    headers: dict[str, str] | None = None,
) -> ProblemResponse:
    if len(detail) > LONGEST_DETAIL:
        detail = detail[:LONGEST_DETAIL] + "…"
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail, "error": detail}
    if errors is not None:
        body["errors"] = errors
    retry = {"Retry-After": RETRY_SECONDS} if status in (429, 503) else {}
    return ProblemResponse(body, status, headers={**retry, **(headers or {})})


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents a route can answer with, for its OpenAPI entry."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Has every error of ``app`` answered as a problem document."""
    app.add_middleware(TooLargeAsProblem)
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(Exception, _internal_error)


class TooLargeAsProblem:
    """Turns the plain 413 that Starlette's body limit sends past all error handlers into a problem document."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        replaced = False

        async def send_problem(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
                replaced = True
                body = problem(413, "Content too large", "the body is larger than this server accepts")
                await body(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, send_problem)


def service_problem(error: ServiceError) -> ProblemResponse:
    status, title = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
    advice = ADVICE.get(type(error), "").format_map(vars(error))
    return problem(status, title, error.detail + advice, error.errors if isinstance(error, Invalid) else None)


def database_problem(error: DBAPIError) -> ProblemResponse:
    return problem(503, "Database not available", f"the database cannot be used right now: {error.orig}")


def _service_error(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, ServiceError)
    return service_problem(error)


def _validation_error(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{"loc": list(item["loc"]), "msg": item["msg"]} for item in error.errors()]
    first = errors[0]
    detail = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    if len(errors) > 1:
        detail += f" (and {len(errors) - 1} more, see errors)"
    return problem(422, "Invalid request", detail, errors)


def _http_error(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = {"Allow": allowed(request)}
    detail = str(error.detail)
    if isinstance(place := error.__cause__, UnicodeDecodeError):  # FastAPI's words are "error parsing the body"
        detail = f"the body is not UTF-8: {place.reason} at byte {place.start}"
    return problem(error.status_code, HTTPStatus(error.status_code).phrase, detail, headers=headers)


def _database_error(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, DBAPIError)
    return database_problem(error)


def _internal_error(_request: Request, _error: Exception) -> ProblemResponse:
    return problem(500, "Internal error", "this is a fault of the server, which has logged it")
