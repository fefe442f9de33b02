"""What workers do with jobs: the lease of an attempt, and every write that carries it.

The row is the queue. ``queued -> running`` is :func:`claim`; every later write of a worker carries the lease token of
its claim and raises LeaseLost when the row has moved on, so a stale worker can never overwrite a newer attempt.
"""

import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.database.tables import Epoch, Job
from service.store import checkpoints, diagnostics, epoch_durations, models
from service.store.jobs import end_lease, record_status

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """The job was cancelled or given to another attempt: what this worker knows of it is stale and is discarded."""


@dataclass(frozen=True)
class Lease:
    """The right to write one attempt of one job."""

    job_id: str
    token: str
    attempt: int
    spec: Mapping[str, Any]
    program: str
    max_seconds: float | None


def claim(session: Session, *, lease_seconds: float, now: float, preferred: Collection[str] = ()) -> Lease | None:
    """Takes the queued job of highest priority, oldest first, in one statement: no two workers get the same job.

    Among jobs of the highest priority those whose program is ``preferred`` come first.
    """
    queued = select(Job.id).where(Job.status == "queued").limit(1)
    queued = queued.with_for_update(skip_locked=True)  # PostgreSQL; SQLite has one writer at a time anyway
    highest = select(func.max(Job.priority)).where(Job.status == "queued").scalar_subquery()
    held = queued.where(Job.priority == highest, Job.program.in_(preferred)).order_by(Job.id).scalar_subquery()
    oldest = queued.order_by(Job.priority.desc(), Job.id).scalar_subquery()
    job = session.scalars(
        update(Job)
        .where(Job.id == func.coalesce(held, oldest), Job.status == "queued")
        .values(
            status="running",
            attempt=Job.attempt + 1,
            lease_token=secrets.token_hex(16),
            lease_expires_at=now + lease_seconds,
        )
        .returning(Job),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if job is None:
        return None
    assert job.lease_token is not None
    job.started_at = job.started_at or now
    record_status(session, job, now)
    return Lease(job.id, job.lease_token, job.attempt, job.spec, job.program, job.max_seconds)


def any_queued(session: Session) -> bool:
    return session.scalars(select(Job.id).where(Job.status == "queued").limit(1)).first() is not None


def resume(session: Session, lease: Lease) -> bytes | None:
    """The checkpoint this attempt starts from, if any; metrics and diagnostics of epochs behind it are dropped.

    A checkpoint that cannot be read is dropped as well: the attempt starts at the beginning.
    """
    job = _owned(session, lease)
    try:
        epoch, state = checkpoints.load(session, job.id) or (0, None)
    except OSError as error:
        log.warning("job %s starts anew: %s", job.id, error)
        checkpoints.remove(session, job.id)
        epoch, state = 0, None
    session.execute(delete(Epoch).where(Epoch.job_id == job.id, Epoch.epoch > epoch))
    diagnostics.drop_after(session, job.id, epoch)
    job.epoch = epoch
    if state is not None:
        job.resumed_from = [*job.resumed_from, epoch]
    return state


def renew(session: Session, leases: Sequence[Lease], *, lease_seconds: float, now: float) -> None:
    session.execute(
        update(Job)
        .where(Job.lease_token.in_([lease.token for lease in leases]), Job.status == "running")
        .values(lease_expires_at=now + lease_seconds)
    )


def lost(session: Session, leases: Sequence[Lease]) -> list[Lease]:
    """Those of ``leases`` that are no longer valid."""
    tokens = [lease.token for lease in leases]
    held = set(session.scalars(select(Job.lease_token).where(Job.lease_token.in_(tokens))))
    return [lease for lease in leases if lease.token not in held]


def record_epochs(
    session: Session,
    lease: Lease,
    epochs: Mapping[int, Mapping[str, float]],
    diagnoses: Mapping[int, Mapping[str, Any]] | None = None,
) -> None:
    """Adds the metrics of ``epochs`` (1-based), and diagnostics of some; an epoch that is there already is replaced."""
    job = _owned(session, lease)
    session.execute(delete(Epoch).where(Epoch.job_id == job.id, Epoch.epoch.in_(list(epochs))))
    for epoch, metrics in sorted(epochs.items()):
        job.last_event += 1
        job.epoch = epoch
        session.add(Epoch(job_id=job.id, epoch=epoch, event=job.last_event, metrics=dict(metrics)))
    if diagnoses:
        diagnostics.record(session, job.id, diagnoses)
    epoch_durations.record(session, [metrics["seconds"] for metrics in epochs.values() if "seconds" in metrics])


def record_checkpoint(session: Session, lease: Lease, epoch: int, state: bytes) -> None:
    checkpoints.store(session, _owned(session, lease).id, epoch, state)


def succeed(
    session: Session, lease: Lease, *, result: Mapping[str, Any], onnx: bytes, keras: bytes, now: float
) -> None:
    """Model, result and status in one transaction: a succeeded job has a model, whatever happens."""
    job = _owned(session, lease)
    models.store(session, job.id, onnx=onnx, keras=keras, now=now)
    checkpoints.remove(session, job.id)
    job.result = {**result, "resumed_from": job.resumed_from}
    _end(session, job, "succeeded", now)


def fail(session: Session, lease: Lease, *, type: str, message: str, now: float) -> None:
    """Ends a job that another attempt would not help."""
    job = _owned(session, lease)
    job.error = {"type": type, "message": message}
    _end(session, job, "failed", now, message)


def lose_attempt(session: Session, lease: Lease, *, type: str, reason: str, max_attempts: int, now: float) -> None:
    """Ends an attempt whose trainer died or ran out of time: queued again, or failed after ``max_attempts``."""
    _lose_attempt(session, _owned(session, lease), type, reason, max_attempts, now)


def release(session: Session, lease: Lease, *, reason: str, now: float) -> None:
    """Gives a job back to the queue; the attempt does not count."""
    job = _owned(session, lease)
    end_lease(job)
    job.status, job.attempt = "queued", job.attempt - 1
    record_status(session, job, now, reason)


def expire(session: Session, *, max_attempts: int, now: float) -> int:
    """Ends the attempts of workers that were not heard of until their leases ran out; gives their number."""
    expired = session.scalars(
        select(Job).where(Job.status == "running", Job.lease_expires_at < now).with_for_update(skip_locked=True)
    ).all()
    for job in expired:
        _lose_attempt(session, job, "WorkerLost", "the worker stopped renewing its lease", max_attempts, now)
    return len(expired)


def _owned(session: Session, lease: Lease) -> Job:
    job = session.scalars(
        select(Job).where(Job.id == lease.job_id, Job.lease_token == lease.token).with_for_update()
    ).one_or_none()
    if job is None:
        raise LeaseLost(f"job {lease.job_id}, attempt {lease.attempt}")
    return job


def _lose_attempt(session: Session, job: Job, type: str, reason: str, max_attempts: int, now: float) -> None:
    reason = f"attempt {job.attempt} of {max_attempts}: {reason}"
    if job.attempt >= max_attempts:
        job.error = {"type": type, "message": reason}
        _end(session, job, "failed", now, reason)
    else:
        end_lease(job)
        job.status = "queued"
        record_status(session, job, now, reason)


def _end(session: Session, job: Job, status: str, now: float, reason: str | None = None) -> None:
    end_lease(job)
    job.status, job.finished_at = status, now
    record_status(session, job, now, reason)
