"""A real API on a real port, without a worker: what is queued stays queued unless the test plays the worker."""

import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import httpx
import pytest
import uvicorn

from service.api.app import create_app
from service.database.engine import Database
from service.settings import Settings
from service.store import leases
from service.store.leases import Lease
from service.worker.messages import ModelCertificate, RunResult
from tests.support.small_model import small_model

METRICS = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.9, "seconds": 0.1, "learning_rate": 0.01}


@pytest.fixture
def server(database: Database, database_url: str) -> Iterator[str]:
    settings = Settings(
        database=database_url, max_parameters=1_000_000, max_spec_bytes=100_000, max_predict_bytes=1_000_000,
        max_dataset_bytes=1_000_000, port=0,
    )  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


class PlayedWorker:
    """What a worker would write, at the moment the test wants it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self) -> Lease:
        with self._database.write() as session:
            lease = leases.claim(session, lease_seconds=1000, now=time.time())
        assert lease is not None
        return lease

    def epoch(self, lease: Lease, epoch: int, diagnosis: dict[str, Any] | None = None, **metrics: float) -> None:
        with self._database.write() as session:
            diagnoses = {epoch: diagnosis} if diagnosis else {}
            leases.record_epochs(session, lease, {epoch: {**METRICS, **metrics}}, diagnoses)

    def fail(self, lease: Lease) -> None:
        with self._database.write() as session:
            leases.fail(session, lease, type="DatasetError", message="no mnist.npz", now=time.time())

    def train(self, http: httpx.Client, weight: float = 1.0) -> str:
        """Submits a job that succeeds with the model sigmoid(weight x0 + 2 x1); gives its id."""
        job_id: str = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
        self.succeed(self.claim(), weight)
        return job_id

    def succeed(self, lease: Lease, weight: float = 1.0) -> None:
        onnx, keras = small_model(weight)
        metrics = {name: METRICS[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        result = RunResult(
            epochs_run=1,
            diverged_at_epoch=None,
            stopped_early=False,
            final={**metrics, "loss": float("nan")},
            best={"epoch": 1, "val_loss": 0.4, "val_accuracy": 0.9},
            train_seconds=0.1,
            compile_seconds=0.0,
            resume_exact=None,
            parameters=3,
            model=ModelCertificate(
                sha256="0" * 64, onnx_bytes=len(onnx), folded_layers=1, kept_layers=2, max_abs_difference=0.0
            ),
        )
        with self._database.write() as session:
            leases.succeed(session, lease, result=asdict(result), onnx=onnx, keras=keras, now=time.time())


@pytest.fixture
def worker(database: Database) -> PlayedWorker:
    return PlayedWorker(database)
