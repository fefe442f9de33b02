import time
from importlib.metadata import version

import httpx
from prometheus_client.parser import text_string_to_metric_families

from service import workers
from service.database import Database


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


def test_versions(http: httpx.Client) -> None:
    versions = http.get("/v1/version").json()
    assert versions["tensorflow"] == version("tensorflow")
    assert set(versions) >= {"bnlab", "keras", "tensorflow", "sqlite"}


def test_the_documentation_is_there(http: httpx.Client) -> None:
    assert http.get("/docs").status_code == 200


def test_a_wrong_method_is_a_problem_document(http: httpx.Client) -> None:
    response = http.put("/v1/jobs")
    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
