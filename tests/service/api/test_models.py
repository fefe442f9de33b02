import json
import math
from typing import Any

import httpx
import pytest

from tests.service.conftest import PlayedWorker


@pytest.fixture
def model(http: httpx.Client, worker: PlayedWorker) -> str:
    """The id of a job whose model is sigmoid(x0 + 2 x1)."""
    job_id: str = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
    worker.succeed(worker.claim())
    return job_id


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_status_as_tensorflow_serving_says_it(http: httpx.Client, model: str) -> None:
    assert http.get(f"/v1/models/{model}").json() == {
        "model_version_status": [
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        ]
    }


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"instances": [[1.0, 0.5], [0, 0]]}, "predictions"),
        ({"instances": [{"input": [1.0, 0.5]}, {"input": [0, 0]}]}, "predictions"),
        ({"inputs": [[1.0, 0.5], [0, 0]]}, "outputs"),
        ({"inputs": {"input": [[1.0, 0.5], [0, 0]]}, "signature_name": "serving_default"}, "outputs"),
    ],
)
def test_predictions_in_row_and_column_form(http: httpx.Client, model: str, body: Any, key: str) -> None:
    # curl -d sends a form's Content-Type: existing clients of TensorFlow Serving do not set it
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = http.post(f"/v1/models/{model}:predict", content=json.dumps(body), headers=headers)
    assert response.status_code == 200, response.text
    assert response.json() == {key: [[pytest.approx(sigmoid(2.0))], [pytest.approx(0.5)]]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not json", "not JSON"),
        (b"[]", "object"),
        (b"{}", "exactly one"),
        (b'{"instances": [[1, 2]], "inputs": [[1, 2]]}', "exactly one"),
        (b'{"instances": []}', "at least one row"),
        (b'{"instances": 3}', "list"),
        (b'{"instances": [[1, 2], [1]]}', "one shape"),
        (b'{"instances": [[1, 2, 3]]}', "[1, 3]"),
        (b'{"instances": [1, 2]}', "[2]"),
        (b'{"instances": [["a", "b"]]}', "numbers"),
        (b'{"instances": [["1", "2"]]}', "numbers"),
        (b'{"instances": [[null, 1]]}', "numbers"),
        (b'{"instances": [[true, false]]}', "numbers"),
        (b'{"instances": [[1, 1e300]]}', "instances[0][1]"),
        (b'{"instances": [[NaN, 1]]}', "not JSON"),
        (b'{"instances": [{"x": [1, 2]}]}', "named 'input'"),
        (b'{"inputs": {"x": [[1, 2]]}}', "named 'input'"),
        (b'{"inputs": 1}', "[]"),
        (b'{"inputs": []}', "[0]"),
    ],
)
def test_a_bad_request_says_what_was_expected(http: httpx.Client, model: str, content: bytes, told: str) -> None:
    response = http.post(f"/v1/models/{model}:predict", content=content)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert told in response.json()["error"]


def test_a_job_without_a_model_is_a_conflict(http: httpx.Client) -> None:
    job_id = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
    for response in (http.get(f"/v1/models/{job_id}"), http.post(f"/v1/models/{job_id}:predict", content=b"{}")):
        assert response.status_code == 409
        assert "queued" in response.json()["detail"]


def test_a_deleted_model_predicts_no_more(http: httpx.Client, model: str) -> None:
    body = {"instances": [[1, 2]]}
    assert http.post(f"/v1/models/{model}:predict", json=body).status_code == 200
    http.delete(f"/v1/jobs/{model}")
    assert http.post(f"/v1/models/{model}:predict", json=body).status_code == 404


def test_large_requests_are_predicted_too(http: httpx.Client, model: str) -> None:
    rows = [[0.0, 0.0]] * 40_000
    assert len(http.post(f"/v1/models/{model}:predict", json={"instances": rows}).json()["predictions"]) == 40_000
