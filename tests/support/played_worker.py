"""A worker without trainers: it writes what a test wants, when the test wants it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

import httpx

from service.database.engine import Database
from service.store import leases
from service.store.leases import Lease
from service.worker.messages import ModelCertificate, RunResult
from tests.support.small_model import small_model

METRICS = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.9, "seconds": 0.1, "learning_rate": 0.01}
RESULT = RunResult(
    epochs_run=1,
    diverged_at_epoch=None,
    stopped_early=False,
    final={name: METRICS[name] for name in ("accuracy", "val_loss", "val_accuracy")} | {"loss": float("nan")},
    best={"epoch": 1, "val_loss": 0.4, "val_accuracy": 0.9},
    train_seconds=0.1,
    compile_seconds=0.0,
    resume_exact=None,
    parameters=3,
    largest_class_share=0.5,
    model=ModelCertificate(sha256="0" * 64, onnx_bytes=0, folded_layers=1, kept_layers=2, max_abs_difference=0.0),
)


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

    def train(self, http: httpx.Client, weight: float = 1.0, columns: Sequence[str] = ()) -> str:
        """Submits a job that succeeds with the model sigmoid(weight x0 + 2 x1) of ``columns``; gives its id."""
        job_id: str = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
        self.succeed(self.claim(), weight, columns)
        return job_id

    def succeed(
        self,
        lease: Lease,
        weight: float = 1.0,
        columns: Sequence[str] = (),
        final: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        onnx, keras = small_model(weight, columns)
        certificate = replace(RESULT.model, onnx_bytes=len(onnx))
        result = replace(RESULT, model=certificate, final={**RESULT.final, **final})
        with self._database.write() as session:
            leases.succeed(session, lease, result=asdict(result), onnx=onnx, keras=keras, now=time.time())
