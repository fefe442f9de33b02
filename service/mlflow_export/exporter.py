"""Finished jobs as runs of an MLflow server, in a process of the worker's own: no job ever waits for it.

Importing this module loads MLflow; only that process does it, and only with ``mlflow_tracking_uri`` set.
"""

import logging
import threading
from collections.abc import Callable
from importlib.metadata import version

import mlflow
import mlflow.onnx
import onnx
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

from bn_models.spec.paths import flat
from service.database.engine import Database
from service.mlflow_export import pending
from service.mlflow_export.pending import FinishedJob

log = logging.getLogger(__name__)
EXPERIMENT = "bnlab"
JOB_ID = "bnlab.job_id"
IDLE_SECONDS, LONGEST_PAUSE = 2.0, 60.0
METRICS_A_REQUEST = 1000
MLFLOW_STATUS = {"succeeded": "FINISHED", "failed": "FAILED", "cancelled": "KILLED"}


class Exporter:
    """Logs what has ended; what MLflow knows already is remembered in the database, not here."""

    def __init__(self, database: Database, tracking_uri: str, clock: Callable[[], float]) -> None:
        self._database, self._clock = database, clock
        mlflow.set_tracking_uri(tracking_uri)
        self._client = MlflowClient(tracking_uri)

    def run(self, stop: threading.Event) -> None:
        """Steps until ``stop`` is set; pauses grow while the server is down."""
        pause = IDLE_SECONDS
        while not stop.is_set():
            try:
                if self.step():
                    pause = IDLE_SECONDS
                    continue
                wait = IDLE_SECONDS
            except Exception as error:  # MLflow's, the network's, the database's: none of them may end this
                log.warning("MLflow export: %s; trying again later", error)
                wait = pause = min(2 * pause, LONGEST_PAUSE)
            stop.wait(wait)

    def step(self) -> bool:
        """Logs one job; False when there is none. What MLflow raises goes on, after it was noted for later."""
        with self._database.write() as session:
            job_id = pending.take(session, now=self._clock())
        if job_id is None:
            return False
        try:
            with self._database.read() as session:
                job = pending.read_finished_job(session, job_id)
            self._log(job)
        except Exception:
            with self._database.write() as session:
                pending.failed(session, job_id, now=self._clock())
            raise
        with self._database.write() as session:
            pending.logged(session, job)
        return True

    def _log(self, job: FinishedJob) -> None:
        experiment = self._experiment()
        # What an interrupted export or an earlier end of this job left is replaced.
        for earlier in self._client.search_runs([experiment], f"tags.`{JOB_ID}` = '{job.id}'"):
            self._client.delete_run(earlier.info.run_id)
        run = self._client.create_run(
            experiment, start_time=_milliseconds(job.started_at), tags=_tags(job), run_name=job.name or job.id
        )
        run_id = run.info.run_id
        params = [Param(name, str(value)) for name, value in flat(job.spec).items()]
        self._client.log_batch(run_id, params=params)
        metrics = _metrics(job)
        for start in range(0, len(metrics), METRICS_A_REQUEST):
            self._client.log_batch(run_id, metrics=metrics[start : start + METRICS_A_REQUEST])
        if job.onnx is not None:
            _log_model(run_id, job.onnx)
        self._client.set_terminated(run_id, MLFLOW_STATUS[job.status], _milliseconds(job.finished_at))
        log.info("job %s: logged to MLflow as run %s", job.id, run_id, extra={"job_id": job.id})

    def _experiment(self) -> str:
        found = self._client.get_experiment_by_name(EXPERIMENT)
        experiment: str = found.experiment_id if found else self._client.create_experiment(EXPERIMENT)
        return experiment


def _tags(job: FinishedJob) -> dict[str, str]:
    own = {
        JOB_ID: job.id,
        "bnlab.status": job.status,
        "bnlab.study_id": job.study_id,
        "bnlab.diverged_at_epoch": job.result and job.result["diverged_at_epoch"],
        "bnlab.error": job.error and job.error["message"],
        "mlflow.source.name": "bnlab",
    }
    return {**job.tags, **{name: str(value) for name, value in own.items() if value is not None}}


def _metrics(job: FinishedJob) -> list[Metric]:
    """Every metric of every epoch, at the time the epoch ended, and what was measured at the end; NaN stays NaN."""
    at, found = job.started_at, []
    for i, epoch in enumerate(job.metrics["epoch"]):
        at += float(job.metrics["seconds"][i] or 0.0)
        for name, values in job.metrics.items():
            if name != "epoch" and (value := values[i]) is not None:
                found.append(Metric(name, float(value), _milliseconds(at), epoch))
    if job.result is not None:
        at, final = job.finished_at, job.result["final"]
        only_then = [name for name in final if name.startswith(("train_", "test_")) and name not in job.metrics]
        found += [Metric(name, float(final[name]), _milliseconds(at), final["epoch"]) for name in only_then]
        found += [Metric(name, job.result[name], _milliseconds(at), 0) for name in ("train_seconds", "compile_seconds")]
    return found


def _log_model(run_id: str, data: bytes) -> None:
    model = onnx.load_from_string(data)
    signature = ModelSignature(_schema(model.graph.input), _schema(model.graph.output))
    requirements = [f"{package}=={version(package)}" for package in ("onnx", "onnxruntime", "numpy")]
    with mlflow.start_run(run_id=run_id):
        mlflow.onnx.log_model(model, name="model", signature=signature, pip_requirements=requirements)


def _schema(values: "list[onnx.ValueInfoProto]") -> Schema:
    """Named tensors whose first axis, the batch, has any length."""
    return Schema(
        [
            TensorSpec(
                onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type),
                (-1, *(dimension.dim_value for dimension in value.type.tensor_type.shape.dim[1:])),
                value.name,
            )
            for value in values
        ]
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
