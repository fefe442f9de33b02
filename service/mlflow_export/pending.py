"""Which finished jobs MLflow knows; the only writer of the mlflow_runs table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.database.tables import Job, MlflowRun
from service.store import job_queries, jobs, models
from service.vocabulary import TERMINAL

LEASE_SECONDS = 300.0
"""How long a worker may take to log a job before another one tries."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
"""Seconds until a job that could not be logged is tried again; they double."""


@dataclass(frozen=True)
class FinishedJob:
    """A job that has ended, with all that is logged of it."""

    id: str
    name: str | None
    study_id: str | None
    tags: Mapping[str, str]
    status: str
    spec: Mapping[str, Any]
    started_at: float
    finished_at: float
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    metrics: Mapping[str, list[Any]]
    """One list a metric, one entry an epoch, ``epoch`` among them."""
    onnx: bytes | None


def take(session: Session, *, now: float) -> str | None:
    """The id of a job that has ended and is to be logged now, if any; no other worker gets it for LEASE_SECONDS.

    Jobs that were never started are left out; a job that was retried and ended again is due again.
    """
    to_log = or_(MlflowRun.job_id.is_(None), MlflowRun.logged_end.is_distinct_from(Job.finished_at))
    tried_lately = MlflowRun.next_at > now
    job = session.scalars(
        select(Job)
        .outerjoin(MlflowRun, MlflowRun.job_id == Job.id)
        .where(Job.status.in_(TERMINAL), Job.started_at.is_not(None), to_log, tried_lately.is_not(True))
        .order_by(Job.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Job)
    ).one_or_none()
    if job is None:
        return None
    run = session.get(MlflowRun, job.id)
    if run is None:
        run = MlflowRun(job_id=job.id, logged_end=None, failures=0)
        session.add(run)
    run.next_at = now + LEASE_SECONDS
    return job.id


def read_finished_job(session: Session, job_id: str) -> FinishedJob:
    job = jobs.get(session, job_id)
    assert job.started_at is not None
    assert job.finished_at is not None
    onnx = models.data(session, models.find(session, job_id).blob) if job.status == "succeeded" else None
    return FinishedJob(
        id=job.id, name=job.name, study_id=job.study_id, tags={tag.key: tag.value for tag in job.tags},
        status=job.status, spec=job.spec, started_at=job.started_at, finished_at=job.finished_at, result=job.result,
        error=job.error, metrics=job_queries.metric_columns(session, job_id), onnx=onnx,
    )  # fmt: skip


def logged(session: Session, job: FinishedJob) -> None:
    if run := session.get(MlflowRun, job.id):  # otherwise the job was deleted meanwhile
        run.logged_end, run.failures, run.next_at = job.finished_at, 0, 0.0


def failed(session: Session, job_id: str, *, now: float) -> None:
    if run := session.get(MlflowRun, job_id):
        run.next_at = now + min(FIRST_PAUSE * 2**run.failures, LONGEST_PAUSE)
        run.failures += 1
