"""What clients do with training jobs; with :mod:`service.store.leases`, the only writer of the jobs table."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils import uuid7

from bn_models.plan.program_key import program_key
from bn_models.spec import TrainingSpec
from service.database.tables import Job, JobTag, StatusChange
from service.errors import Conflict, NotFound
from service.store import aliases, checkpoints, datasets, models
from service.vocabulary import ACTIVE, TERMINAL


def submit(
    session: Session,
    spec: TrainingSpec,
    *,
    now: float,
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    priority: int = 0,
    max_seconds: float | None = None,
    study_id: str | None = None,
    arm: int | None = None,
) -> Job:
    """Raises Invalid when the spec's dataset is neither built in nor uploaded."""
    spec = datasets.resolved(session, spec)
    job = Job(
        id=uuid7().hex, name=name, study_id=study_id, arm=arm, spec=spec.model_dump(mode="json"),
        dataset=spec.dataset.name, placement=spec.batch_norm.placement, activation=spec.activation,
        program=program_key(spec), status="queued", priority=priority, max_seconds=max_seconds, created_at=now,
        started_at=None, finished_at=None, attempt=0, lease_token=None,
        lease_expires_at=None, epoch=0, epochs=spec.epochs, resumed_from=[], result=None, error=None, last_event=0,
        tags=[JobTag(key=key, value=value) for key, value in sorted((tags or {}).items())],
    )  # fmt: skip
    session.add(job)
    record_status(session, job, now)
    return job


def get(session: Session, job_id: str) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(f"there is no job {job_id!r}")
    return job


def cancel(session: Session, job_id: str, *, now: float) -> Job:
    """Ends a queued or running job at once; a worker that has it loses its lease and kills the trainer."""
    job = _locked(session, job_id)
    if job.status in TERMINAL:
        raise Conflict(f"job {job_id} is {job.status} already: only queued and running jobs can be cancelled")
    end_lease(job)
    job.status, job.finished_at = "cancelled", now
    record_status(session, job, now, "cancelled by request")
    return job


def retry(session: Session, job_id: str, *, now: float) -> Job:
    """Queues a failed or cancelled job again, with all its attempts; it goes on from its checkpoint."""
    job = _locked(session, job_id)
    if job.status not in ("failed", "cancelled"):
        raise Conflict(f"job {job_id} is {job.status}: only failed and cancelled jobs can be retried")
    job.status, job.attempt, job.finished_at, job.error = "queued", 0, None, None
    record_status(session, job, now, "retried by request")
    return job


def remove(session: Session, job_id: str) -> None:
    """Deletes a terminal job with its metrics and model; Conflict while an alias means it."""
    job = _locked(session, job_id)
    if job.status in ACTIVE:
        raise Conflict(f"job {job_id} is {job.status}: cancel it before deleting it")
    aliases.forget_job(session, job_id)
    checkpoints.remove(session, job_id)
    models.remove(session, job_id)
    session.delete(job)


def _locked(session: Session, job_id: str) -> Job:
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
    if job is None:
        raise NotFound(f"there is no job {job_id!r}")
    return job


def end_lease(job: Job) -> None:
    job.lease_token = job.lease_expires_at = None


def record_status(session: Session, job: Job, now: float, reason: str | None = None) -> None:
    job.last_event += 1
    session.add(
        StatusChange(job_id=job.id, event=job.last_event, status=job.status, attempt=job.attempt, at=now, reason=reason)
    )
