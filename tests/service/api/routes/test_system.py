import time
from importlib.metadata import version

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.database.engine import Database
from service.store import workers
from tests.support.played_worker import PlayedWorker


def test_health_and_readiness(http: httpx.Client, database: Database) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    waiting = http.get("/readyz")
    assert waiting.status_code == 503
    assert "Retry-After" in waiting.headers
    assert "worker" in waiting.json()["detail"]
    with database.write() as session:
        workers.seen(session, "w", slots=1, now=time.time())
    assert http.get("/readyz").json() == {"status": "ready"}


def test_prometheus_can_read_the_metrics(http: httpx.Client) -> None:
    http.post("/v1/jobs", json={"dataset": "circles"})
    families = {family.name: family for family in text_string_to_metric_families(http.get("/metrics").text)}
    queued = [s.value for s in families["bnlab_jobs"].samples if s.labels == {"status": "queued"}]
    assert queued == [1.0]
    assert families["bnlab_queue_age_seconds"].samples[0].value >= 0
    assert families["bnlab_prediction_seconds"].type == "histogram"


def test_prometheus_can_read_how_long_epochs_took(http: httpx.Client, worker: PlayedWorker) -> None:
    http.post("/v1/jobs", json={"dataset": "circles"})
    lease = worker.claim()
    for epoch, seconds in enumerate([0.0002, 0.02, 0.02, 5000.0], start=1):
        worker.epoch(lease, epoch, seconds=seconds)
    families = {family.name: family for family in text_string_to_metric_families(http.get("/metrics").text)}
    family = families["bnlab_epoch_seconds"]
    assert family.type == "histogram"
    counts = {s.labels["le"]: s.value for s in family.samples if s.name.endswith("_bucket")}
    assert (counts["0.0003"], counts["0.01"], counts["0.03"], counts["300.0"], counts["+Inf"]) == (1, 1, 3, 3, 4)
    others = {s.name: s.value for s in family.samples if not s.labels}
    assert others == {"bnlab_epoch_seconds_count": 4, "bnlab_epoch_seconds_sum": 5000.0402}


def test_versions(http: httpx.Client) -> None:
    versions = http.get("/v1/version").json()
    assert versions["tensorflow"] == version("tensorflow")
    assert set(versions) >= {"bnlab", "keras", "tensorflow", "sqlite"}


def test_the_documentation_is_there(http: httpx.Client) -> None:
    assert http.get("/docs").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/jobs", "HEAD, GET, POST"),
        ("PUT", "/v1/jobs/x", "HEAD, GET, DELETE"),
        ("POST", "/v1/models/x", "HEAD, GET, PUT, DELETE"),
        ("POST", "/v2", "HEAD, GET"),
        ("GET", "/v1/models/x:predict", "POST"),
        ("HEAD", "/v1/models/x/versions/1:predict", "POST"),
        ("PUT", "/v2/models/x/infer", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(http: httpx.Client, method: str, path: str, allowed: str) -> None:
    response = http.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
    assert response.headers["allow"] == allowed


def test_head_is_get_without_the_body(http: httpx.Client) -> None:
    job_id = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
    for path in ("/healthz", "/v2", "/v1/jobs", f"/v1/jobs/{job_id}", "/v1/jobs/x", "/docs"):
        head, whole = http.head(path), http.get(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        for name in ("content-type", "content-length"):
            assert head.headers[name] == whole.headers[name]


def test_head_of_a_stream_ends(http: httpx.Client) -> None:
    job_id = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
    response = http.head(f"/v1/jobs/{job_id}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    assert http.get("/healthz").status_code == 200
