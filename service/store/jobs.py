"""What clients do with training jobs; with :mod:`service.store.leases`, the only writer of the jobs table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from uuid_utils import uuid7

from bn_models.plan.program_key import program_key
from bn_models.spec import TrainingSpec
from service.database.tables import Job, JobTag, StatusChange
from service.errors import Conflict, NotFound
from service.store import aliases, checkpoints, datasets, models
from service.vocabulary import ACTIVE, TERMINAL


@dataclass(frozen=True)
class Submission:
    """A job that is to be stored. What takes time, planning and dumping its spec, is done before other writers wait."""

    spec: TrainingSpec
    dumped: Mapping[str, Any]
    program: str
    name: str | None = None
    arm: int | None = None

    def run(self, seed: int, name: str) -> "Submission":
        """The same with another seed, which changes nothing else: it is not part of the program."""
        spec = self.spec.model_copy(update={"seed": seed})
        return replace(self, spec=spec, dumped={**self.dumped, "seed": seed}, name=name)


def prepared(spec: TrainingSpec, *, name: str | None = None, arm: int | None = None) -> Submission:
    """Needs no transaction; the dataset of ``spec`` has been resolved."""
    return Submission(spec, spec.model_dump(mode="json"), program_key(spec), name, arm)


def submit(
    session: Session,
    spec: TrainingSpec,
    *,
    now: float,
    name: str | None = None,
    tags: Mapping[str, str] | None = None,
    priority: int = 0,
    max_seconds: float | None = None,
) -> Job:
    """Raises UnusableDataset when the spec's dataset is neither built in nor uploaded."""
    spec = datasets.resolved(session, spec)
    job = Job(**_queued(prepared(spec, name=name), priority=priority, max_seconds=max_seconds, now=now))
    job.tags = [JobTag(key=key, value=value) for key, value in sorted((tags or {}).items())]
    session.add(job)
    record_status(session, job, now)
    return job


def submit_many(
    session: Session,
    submissions: Sequence[Submission],
    *,
    study_id: str,
    now: float,
    tags: Mapping[str, str],
    priority: int,
) -> None:
    """Queues the jobs in the order given, with a statement for each table; raises as :func:`datasets.check` does."""
    for dataset in {submission.spec.dataset for submission in submissions}:
        datasets.check(session, dataset)
    rows = [_queued(one, priority=priority, study_id=study_id, now=now) for one in submissions]
    for row in rows:
        row["last_event"] = 1
    changes = [
        {"job_id": row["id"], "event": 1, "status": "queued", "attempt": 0, "at": now, "reason": None} for row in rows
    ]
    labels = [{"job_id": row["id"], "key": key, "value": value} for row in rows for key, value in sorted(tags.items())]
    for table, many in ((Job, rows), (StatusChange, changes), (JobTag, labels)):
        if many:
            session.execute(insert(table), many)


def _queued(
    submission: Submission,
    *,
    priority: int,
    now: float,
    max_seconds: float | None = None,
    study_id: str | None = None,
) -> dict[str, Any]:
    """The row of a job that waits."""
    spec = submission.spec
    return {
        "id": uuid7().hex, "name": submission.name, "study_id": study_id, "arm": submission.arm,
        "spec": submission.dumped, "dataset": spec.dataset.name, "placement": spec.batch_norm.placement,
        "activation": spec.activation, "program": submission.program, "status": "queued", "priority": priority,
        "max_seconds": max_seconds, "created_at": now, "started_at": None, "finished_at": None, "attempt": 0,
        "lease_token": None, "lease_expires_at": None, "epoch": 0, "epochs": spec.epochs, "resumed_from": [],
        "result": None, "error": None, "last_event": 0,
    }  # fmt: skip


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
