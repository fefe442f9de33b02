import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from service.api.schemas.jobs import ModelCertificate, Result
from tests.support.played_worker import PlayedWorker

CIRCLES: dict[str, Any] = {"dataset": "circles"}


def submit(http: httpx.Client, **fields: Any) -> dict[str, Any]:
    response = http.post("/v1/jobs", json={**CIRCLES, **fields})
    assert response.status_code == 202, response.text
    job: dict[str, Any] = response.json()
    return job


def test_submitting_answers_with_the_job_and_where_to_find_it(http: httpx.Client) -> None:
    response = http.post("/v1/jobs", json={**CIRCLES, "name": "first", "tags": {"a": "b"}, "priority": 3})
    job = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{job['id']}"
    assert int(response.headers["retry-after"]) > 0
    assert http.get(response.headers["location"]).json() == job
    assert (job["status"], job["name"], job["tags"], job["priority"]) == ("queued", "first", {"a": "b"}, 3)
    assert job["progress"] == {"epoch": 0, "epochs": 100}
    assert job["created_at"].endswith("Z")


def test_the_stored_spec_is_the_full_form(http: httpx.Client) -> None:
    spec = submit(http, batch_norm="before_activation")["spec"]
    assert spec["dataset"] == {
        "name": "circles", "validation_fraction": 0.0, "resample": False, "n_samples": 1000, "noise": 0.1, "seed": 1,
        "test_fraction": 0.5,
    }  # fmt: skip
    assert spec["batch_norm"] == {
        "placement": "before_activation", "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True,
        "on_input": False, "on_output": False,
    }  # fmt: skip
    assert submit(http, **{key: value for key, value in spec.items() if key != "dataset"})["spec"] == spec


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "dataset"),
        ({"dataset": "nonsense"}, "dataset"),
        ({"dataset": 3}, "dataset"),
        ({**CIRCLES, "learning_rat": 0.1}, "learning_rat"),
        ({**CIRCLES, "learning_rate": "fast"}, "learning_rate"),
        ({**CIRCLES, "learning_rate": 0}, "learning_rate"),
        ({**CIRCLES, "epochs": True}, "epochs"),
        ({**CIRCLES, "epochs": 1.5}, "epochs"),
        ({**CIRCLES, "epochs": 10**30}, "epochs"),
        ({**CIRCLES, "seed": -1}, "seed"),
        ({**CIRCLES, "network": {"kind": "mlp", "hidden_units": [1_000_000]}}, "hidden_units"),
        ({**CIRCLES, "network": {"kind": "mlp", "hidden_units": [60_000, 60_000]}}, "network"),
        ({**CIRCLES, "network": "cnn"}, "network"),
        ({"dataset": "digits", "network": {"kind": "cnn", "pool_after": [True]}}, "pool_after"),
        ({**CIRCLES, "batch_norm": {"placement": "inside"}}, "placement"),
        ({**CIRCLES, "batch_norm": {"momentum": 1.0}}, "momentum"),
        ({**CIRCLES, "dataset": {"name": "circles", "n_samples": 5}}, "n_samples"),
        ({**CIRCLES, "dataset": {"name": "circles", "validation_fraction": 1}}, "validation_fraction"),
        ({**CIRCLES, "dataset": {"name": "circles", "validation_fraction": 0.9999}}, "dataset"),
        ({**CIRCLES, "dataset": {"name": "circles", "validation_fraction": 0.0001}}, "dataset"),
        ({**CIRCLES, "dataset": {"name": "circles", "resample": "yes"}}, "resample"),
        ({"dataset": {"name": "mnist", "train_samples": 0}}, "train_samples"),
        ({"dataset": {"name": "mnist", "test_samples": 10_001}}, "test_samples"),
        ({"dataset": {"name": "cifar10", "train_samples": 50_001}}, "dataset"),
        ({"dataset": {"name": "mnist", "train_samples": 2, "validation_fraction": 0.9}}, "dataset"),
        ({**CIRCLES, "evaluate_training": "always"}, "evaluate_training"),
        ({**CIRCLES, "output": "sigmoid", "dataset": "digits"}, "output"),
        ({**CIRCLES, "diagnostics": "yes"}, "diagnostics"),
        ({**CIRCLES, "name": ""}, "name"),
        ({**CIRCLES, "name": "two\nlines"}, "name"),
        ({**CIRCLES, "name": "\ud800"}, "name"),
        ({**CIRCLES, "tags": {"a:b": "c"}}, "tags"),
        ({**CIRCLES, "tags": ["a"]}, "tags"),
        ({**CIRCLES, "max_seconds": -1}, "max_seconds"),
        ([], "body"),
        ("text", "body"),
        (None, "body"),
    ],
)  # fmt: skip
def test_a_bad_spec_is_a_problem_that_names_the_field(http: httpx.Client, body: Any, field: str) -> None:
    response = http.post("/v1/jobs", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == 422
    assert any(field in [str(part) for part in error["loc"]] or field in error["msg"] for error in problem["errors"])
    assert field in problem["detail"]
    assert http.get("/v1/jobs").json()["data"] == []


def test_a_division_that_leaves_no_rows_says_the_numbers(http: httpx.Client) -> None:
    dataset = {"name": "circles", "n_samples": 20, "validation_fraction": 0.97}
    told = http.post("/v1/jobs", json={"dataset": dataset}).json()["detail"]
    assert "validation_fraction 0.97 of 10 training rows leaves 0 to train on and 10 to validate on" in told


def test_a_model_that_is_too_large_is_refused_with_its_size(http: httpx.Client) -> None:
    response = http.post("/v1/jobs", json={**CIRCLES, "network": {"kind": "mlp", "hidden_units": [2000, 2000]}})
    assert response.status_code == 422
    assert "4,026,001 parameters" in response.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"dataset": "circles", "learning_rate": NaN}', 422),
        (b'{"dataset": "circles", "learning_rate": 1e999}', 422),
        (b'{"dataset": "circles"', 422),
        (b"\xff\xfe", 422),
        (b"", 422),
        (b"[" * 50_000, 400),
        (b'{"dataset": "circles", "name": "' + b"x" * 200_000 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(http: httpx.Client, content: bytes, status: int) -> None:
    response = http.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_a_body_that_is_not_utf_8_says_where(http: httpx.Client) -> None:
    content = b'{"dataset": "circles", "name": "caf\xe9"}'
    response = http.post("/v1/jobs", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["detail"] == "the body is not UTF-8: invalid continuation byte at byte 35"


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded", None])
def test_another_content_type_is_415(http: httpx.Client, declared: str | None) -> None:
    headers = {"Content-Type": declared} if declared else {}
    response = http.post("/v1/jobs", content=b'{"dataset": "circles"}', headers=headers)
    assert response.status_code == 415
    assert "application/json" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/jobs/none"), ("POST", "/v1/jobs/none/cancel"), ("POST", "/v1/jobs/none/retry"),
        ("DELETE", "/v1/jobs/none"), ("GET", "/v1/jobs/none/metrics"), ("GET", "/v1/jobs/none/diagnostics"),
        ("GET", "/v1/jobs/none/events"),
        ("GET", "/v1/jobs/none/model"), ("GET", "/v1/models/none"), ("GET", "/nothing"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_404(http: httpx.Client, method: str, path: str) -> None:
    response = http.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_idempotency_key(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = http.post("/v1/jobs", json=CIRCLES, headers=headers)
    again = http.post("/v1/jobs", json=CIRCLES, headers=headers)
    assert (again.status_code, again.json()) == (202, first.json())
    other = http.post("/v1/jobs", json={**CIRCLES, "seed": 2}, headers=headers)
    assert other.status_code == 422
    assert "another body" in other.json()["detail"]
    assert len(http.get("/v1/jobs").json()["data"]) == 1


def test_one_job_for_one_key_from_many_clients_at_once(http: httpx.Client) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(
            lambda _: http.post("/v1/jobs", json=CIRCLES, headers={"Idempotency-Key": "k"}).json()["id"], range(32)
        )
    assert len(set(answers)) == 1


def test_pages_are_stable_while_jobs_come_in(http: httpx.Client) -> None:
    submitted = [submit(http)["id"] for _ in range(7)]
    seen, after = [], None
    while True:
        page = http.get("/v1/jobs", params={"limit": 3} | ({"after": after} if after else {})).json()
        seen += [job["id"] for job in page["data"]]
        submit(http)
        if not page["has_more"]:
            break
        after = page["next"]
    assert seen == submitted[::-1]


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
def test_limits_have_bounds(http: httpx.Client, limit: str) -> None:
    assert http.get("/v1/jobs", params={"limit": limit}).status_code == 422


def test_filters(http: httpx.Client) -> None:
    a = submit(http, name="a", tags={"run": "1", "who": "x:y"}, batch_norm="none")["id"]
    b = submit(http, dataset="moons", activation="tanh", tags={"run": "2"})["id"]
    http.post(f"/v1/jobs/{a}/cancel")
    for query, expected in [
        ({"status": "cancelled"}, [a]), ({"status": "queued"}, [b]), ({"dataset": "moons"}, [b]),
        ({"placement": "none"}, [a]), ({"activation": "tanh"}, [b]), ({"name": "a"}, [a]), ({"tag": "run:2"}, [b]),
        ({"tag": "who:x:y"}, [a]), ({"tag": "run:3"}, []), ({"study": "none"}, []),
        ({"dataset": "moons", "status": "cancelled"}, []),
    ]:  # fmt: skip
        assert [job["id"] for job in http.get("/v1/jobs", params=query).json()["data"]] == expected, query
    assert http.get("/v1/jobs", params={"tag": "run"}).status_code == 422
    assert http.get("/v1/jobs", params={"status": "lost"}).status_code == 422


def test_waiting_ends_when_the_job_does(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    lease = worker.claim()
    threading.Timer(0.5, worker.succeed, [lease]).start()
    # The client gives up long before the seconds are over: it is the job's end that is answered.
    assert http.get(f"/v1/jobs/{job_id}", params={"wait": 300}).json()["status"] == "succeeded"


def test_waiting_ends_when_the_seconds_are_over(http: httpx.Client) -> None:
    job_id = submit(http)["id"]
    begin = time.monotonic()
    assert http.get(f"/v1/jobs/{job_id}", params={"wait": 0.5}).json()["status"] == "queued"
    assert time.monotonic() - begin >= 0.5


@pytest.mark.slow
def test_a_hundred_waiting_clients_do_not_stop_the_service(server: str, http: httpx.Client) -> None:
    job_id = submit(http)["id"]

    def wait(_: int) -> int:
        return httpx.get(f"{server}/v1/jobs/{job_id}", params={"wait": 300}, timeout=60, verify=False).status_code

    with ThreadPoolExecutor(100) as pool:
        waiting = [pool.submit(wait, number) for number in range(100)]
        time.sleep(1)
        assert http.get("/v1/jobs").status_code == 200
        assert not any(asked.done() for asked in waiting)
        http.post(f"/v1/jobs/{job_id}/cancel")
        assert {asked.result() for asked in waiting} == {200}


def test_a_result_from_before_kept_layers_were_counted_is_still_shown() -> None:
    old = {"sha256": "0" * 64, "onnx_bytes": 1, "folded_layers": 0, "max_abs_difference": 0.0}
    assert ModelCertificate.model_validate(old).kept_layers is None
    assert not Result.model_fields["largest_class_share"].is_required()


def test_final_has_what_the_model_is_worth_on_all_its_rows(http: httpx.Client, worker: PlayedWorker) -> None:
    job = submit(http, dataset={"name": "circles", "validation_fraction": 0.2})
    worker.succeed(worker.claim(), final={"train_accuracy": 0.7, "test_accuracy": 0.0, "test_loss": float("nan")})
    final = http.get(f"/v1/jobs/{job['id']}").json()["result"]["final"]
    assert http.get(f"/v1/jobs/{job['id']}").json()["result"]["largest_class_share"] == 0.5
    assert (final["train_accuracy"], final["test_accuracy"], final["test_loss"]) == (0.7, 0.0, "NaN")
    assert final["test_mae"] is None


def test_the_life_of_a_job(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http, epochs=1)["id"]
    assert http.post(f"/v1/jobs/{job_id}/retry").status_code == 409
    lease = worker.claim()
    assert http.get(f"/v1/jobs/{job_id}").json()["status"] == "running"
    assert http.delete(f"/v1/jobs/{job_id}").status_code == 409
    worker.epoch(lease, 1)
    assert http.get(f"/v1/jobs/{job_id}").json()["progress"]["epoch"] == 1
    worker.succeed(lease)
    job = http.get(f"/v1/jobs/{job_id}").json()
    assert job["result"]["final"]["loss"] == "NaN"
    assert job["result"]["resumed_from"] == []
    assert (job["result"]["model"]["folded_layers"], job["result"]["model"]["kept_layers"]) == (1, 2)
    assert http.post(f"/v1/jobs/{job_id}/cancel").status_code == 409
    assert http.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert http.get(f"/v1/jobs/{job_id}").status_code == 404


def test_cancel_and_retry(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    worker.claim()
    cancelled = http.post(f"/v1/jobs/{job_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    retried = http.post(f"/v1/jobs/{job_id}/retry")
    assert (retried.status_code, retried.json()["status"]) == (202, "queued")
    assert retried.headers["location"] == f"/v1/jobs/{job_id}"


def test_a_failed_job_says_why(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    worker.fail(worker.claim())
    assert http.get(f"/v1/jobs/{job_id}").json()["error"] == {"type": "DatasetError", "message": "no mnist.npz"}


def test_models_are_downloaded_with_their_hash(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    assert http.get(f"/v1/jobs/{job_id}/model").status_code == 409
    worker.succeed(worker.claim())
    onnx = http.get(f"/v1/jobs/{job_id}/model")
    keras = http.get(f"/v1/jobs/{job_id}/model", params={"format": "keras"})
    assert keras.content == b"keras file"
    assert onnx.headers["etag"] != keras.headers["etag"]
    again = http.get(f"/v1/jobs/{job_id}/model", headers={"If-None-Match": onnx.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert http.get(f"/v1/jobs/{job_id}/model", params={"format": "pickle"}).status_code == 422
