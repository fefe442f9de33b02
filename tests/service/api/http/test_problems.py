import json

import pytest

from service import errors
from service.api.http.problems import service_problem
from service.errors import ServiceError


@pytest.mark.parametrize(
    ("error", "status", "title", "detail"),
    [
        (errors.BadPrediction("x"), 400, "Bad prediction request", "x"),
        (errors.NotFound("x"), 404, "Not found", "x"),
        (
            errors.UnknownDataset("{a}"), 404, "Not found",
            "there is no dataset '{a}': upload it with PUT /v1/datasets/{a}",
        ),
        (
            errors.UnknownVersion("a", version=2), 404, "Not found",
            "model 'a' has no version '2'; GET /v1/models/a lists its versions",
        ),
        (
            errors.UnknownVersion("a", label="b"), 404, "Not found",
            "model 'a' has no label 'b'; GET /v1/models/a lists its versions",
        ),
        (errors.Conflict("x"), 409, "Conflict", "x"),
        (errors.TooLarge("x"), 413, "Content too large", "x"),
        (errors.UnsupportedMediaType("x"), 415, "Unsupported media type", "x"),
        (errors.Invalid("x"), 422, "Invalid request", "x"),
        (errors.UnusableDataset("x"), 422, "Invalid request", "dataset: x"),
        (errors.NotReady("x"), 503, "Not ready", "x"),
        (ServiceError("x"), 500, "Internal error", "x"),
    ],
)  # fmt: skip
def test_every_error_has_its_answer(error: ServiceError, status: int, title: str, detail: str) -> None:
    answer = service_problem(error)
    assert answer.status_code == status
    assert json.loads(bytes(answer.body)) == {
        "type": "about:blank", "title": title, "status": status, "detail": detail, "error": detail,
    }  # fmt: skip


def test_an_invalid_request_names_the_place() -> None:
    body = json.loads(bytes(service_problem(errors.Invalid.at(("body", "grid"), "too many")).body))
    assert (body["detail"], body["errors"]) == ("too many", [{"loc": ["body", "grid"], "msg": "too many"}])
