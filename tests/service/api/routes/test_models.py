import json
import math
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from service.database.engine import Database, sqlite_module
from service.database.tables import BlobChunk
from tests.support.played_worker import PlayedWorker


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
        (b'{"instances": "\xff"}', "not UTF-8: invalid start byte at byte 15"),
        ("{}".encode("utf-16-le") + b"\xff", "not UTF-8: invalid start byte at byte 4"),
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
        (b'{"instances": [[1, 2]], "signature_name": "other"}', "signature 'other'"),
        (b'{"instances": [[1], [[2]]]}', "one shape"),
        (b'{"instances": [[1, "%s"%s]]}' % (b"a" * 400_000, b", 1" * 190_000), "numbers"),
        (b'{"instances": [[[1]], ""]}', "one shape"),
        (b'{"instances": %s1%s}' % (b"[" * 70, b"]" * 70), "70 axes"),
        (b'{"inputs": {"input": {"x": 1}}}', "list of rows"),
        (b'{"inputs": 1}', "list of rows"),
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


def test_a_damaged_model_says_so_and_leaves_the_connection_open(
    http: httpx.Client, model: str, database: Database
) -> None:
    with database.write() as session:
        session.execute(update(BlobChunk).values(data=b"not what was stored"))
    for response in (
        http.post(f"/v1/models/{model}:predict", json={"instances": [[1, 2]]}),
        http.get(f"/v1/models/{model}/metadata"),
        http.get(f"/v2/models/{model}/ready"),
        http.get(f"/v1/jobs/{model}/model"),
    ):
        assert response.status_code == 503
        assert "damaged" in response.json()["error"]


def test_a_damaged_database_says_so(http: httpx.Client, tmp_path: Path) -> None:
    path = tmp_path / "bnlab.db"
    with closing(sqlite_module().connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(8192)  # the first page names the tables
        file.write(b"\xff" * (size - 8192))
    response = http.post("/v1/models/circles:predict", json={"instances": [[1, 2]]})
    assert (response.status_code, response.json()["title"]) == (503, "Database not available")


def test_large_requests_are_predicted_too(http: httpx.Client, model: str) -> None:
    rows = [[0.0, 0.0]] * 40_000
    assert len(http.post(f"/v1/models/{model}:predict", json={"instances": rows}).json()["predictions"]) == 40_000


def test_a_body_over_the_limit_is_refused(http: httpx.Client, model: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    whole = http.post(f"/v1/models/{model}:predict", content=b" " * 1_000_001)
    chunked = http.post(f"/v1/models/{model}:predict", content=chunks())
    for response in (whole, chunked):
        assert (response.status_code, response.headers["content-type"]) == (413, "application/problem+json")
        assert "1000000" in response.json()["error"]


def test_versions_labels_and_metadata_of_an_alias(http: httpx.Client, worker: PlayedWorker) -> None:
    first, second = worker.train(http, 1.0), worker.train(http, 3.0)
    assert http.put("/v1/models/circles", json={"job_id": first, "label": "stable"}).status_code == 201
    assert http.put("/v1/models/circles", json={"job_id": first, "label": "stable"}).status_code == 200
    pointed = http.put("/v1/models/circles", json={"job_id": second})
    assert pointed.status_code == 200
    assert pointed.json()["version"] == 2
    assert [(v["version"], v["label"]) for v in pointed.json()["versions"]] == [(2, None), (1, "stable")]

    for path, weight, version in (("", 3, "2"), ("/versions/1", 1, "1"), ("/labels/stable", 1, "1")):
        answer = http.post(f"/v1/models/circles{path}:predict", json={"instances": [[1.0, 0.0]]})
        assert answer.json() == {"predictions": [[pytest.approx(sigmoid(weight))]]}
        status = http.get(f"/v1/models/circles{path}").json()["model_version_status"]
        assert [v["version"] for v in status] == (["2", "1"] if path == "" else [version])
        metadata = http.get(f"/v1/models/circles{path}/metadata").json()
        assert metadata["model_spec"] == {"name": "circles", "signature_name": "", "version": version}
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"]["input"]["dtype"] == "DT_FLOAT"
    assert [axis["size"] for axis in signature["inputs"]["input"]["tensor_shape"]["dim"]] == ["-1", "2"]
    assert [axis["size"] for axis in signature["outputs"]["output"]["tensor_shape"]["dim"]] == ["-1", "1"]

    for path in ("/versions/3", "/versions/x", "/labels/canary"):
        for response in (
            http.post(f"/v1/models/circles{path}:predict", json={"instances": [[1.0, 0.0]]}),
            http.get(f"/v1/models/circles{path}"),
            http.get(f"/v1/models/circles{path}/metadata"),
        ):
            assert response.status_code == 404
            assert "circles" in response.json()["error"]


def test_aliases_are_listed_and_deleted(http: httpx.Client, model: str) -> None:
    for name in ("a", "b"):
        http.put(f"/v1/models/{name}", json={"job_id": model})
    page = http.get("/v1/models", params={"limit": 1}).json()
    assert [(alias["name"], alias["version"], alias["job_id"]) for alias in page["data"]] == [("b", 1, model)]
    assert page["has_more"]
    rest = http.get("/v1/models", params={"after": page["next"]}).json()
    assert [alias["name"] for alias in rest["data"]] == ["a"]
    refused = http.delete(f"/v1/jobs/{model}")
    assert refused.status_code == 409
    assert "'a', 'b'" in refused.json()["detail"]
    for name in ("a", "b"):
        assert http.delete(f"/v1/models/{name}").status_code == 204
        assert http.post(f"/v1/models/{name}:predict", json={"instances": [[1, 2]]}).status_code == 404
        assert http.delete(f"/v1/models/{name}").status_code == 404
    assert http.delete(f"/v1/jobs/{model}").status_code == 204


@pytest.mark.parametrize(
    ("alias", "body", "status"),
    [
        ("0" * 32, {}, 422),
        ("a:b", {}, 422),
        ("fine", {"job_id": "f" * 32}, 404),
        ("fine", {"version": 3}, 422),
        ("fine", {"label": "a b"}, 422),
        ("fine", {"job_id": None}, 422),
    ],
)
def test_aliases_that_cannot_be(http: httpx.Client, model: str, alias: str, body: dict[str, Any], status: int) -> None:
    assert http.put(f"/v1/models/{alias}", json={"job_id": model, **body}).status_code == status


@pytest.mark.parametrize("method", ["classify", "regress"])
def test_signatures_that_models_do_not_have(http: httpx.Client, model: str, method: str) -> None:
    response = http.post(f"/v1/models/{model}:{method}", json={"examples": [{"x": 1}]})
    assert response.status_code == 400
    assert "use :predict" in response.json()["error"]


def test_repointing_under_load_gives_the_old_or_the_new_and_never_an_error(
    http: httpx.Client, worker: PlayedWorker
) -> None:
    jobs = [worker.train(http, float(weight)) for weight in range(4)]
    known = {round(sigmoid(weight), 4) for weight in range(4)}
    http.put("/v1/models/circles", json={"job_id": jobs[0]})
    stop = threading.Event()

    def ask() -> set[float]:
        seen = set()
        with httpx.Client(base_url=http.base_url) as client:
            while not stop.is_set():
                response = client.post("/v1/models/circles:predict", json={"instances": [[1.0, 0.0]]})
                assert response.status_code == 200, response.text
                seen.add(round(response.json()["predictions"][0][0], 4))
        return seen

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask) for _ in range(4)]
        for i in range(1, 21):
            http.put("/v1/models/circles", json={"job_id": jobs[i % 4]}).raise_for_status()
            latest = http.post("/v1/models/circles:predict", json={"instances": [[1.0, 0.0]]}).json()
            assert latest["predictions"] == [[pytest.approx(sigmoid(i % 4))]]
        stop.set()
        assert set.union(*(answers.result() for answers in asked)) <= known


def test_columns_by_name_and_the_metadata_that_says_them(http: httpx.Client, worker: PlayedWorker) -> None:
    model, unnamed = worker.train(http, columns=["width", "height"]), worker.train(http)
    expected = http.post(f"/v1/models/{model}:predict", json={"instances": [[1.0, 0.5]]}).json()
    answer = http.post(f"/v1/models/{model}:predict", json={"instances": [{"height": 0.5, "width": 1.0}]})
    assert answer.json() == expected
    answer = http.post(f"/v1/models/{model}:predict", json={"inputs": {"height": [0.5], "width": [1.0]}})
    assert answer.json() == {"outputs": expected["predictions"]}
    answer = http.post(f"/v1/models/{model}:predict", json={"instances": [{"heigth": 0.5, "width": 1.0}]})
    assert answer.status_code == 400
    assert "no column 'heigth' (is 'height' meant?); without 'height'" in answer.json()["error"]
    assert http.get(f"/v1/models/{model}/metadata").json()["metadata"]["columns"] == ["width", "height"]
    assert http.get(f"/v2/models/{model}").json()["parameters"] == {"columns": ["width", "height"]}
    assert "columns" not in http.get(f"/v1/models/{unnamed}/metadata").json()["metadata"]
    assert "parameters" not in http.get(f"/v2/models/{unnamed}").json()
