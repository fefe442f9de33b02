"""Jobs in each of their statuses, brought there by the functions that clients and workers call."""

from collections.abc import Callable, Collection

from sqlalchemy.orm import Session

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.store import jobs, leases
from service.store.leases import Lease

SPEC = TrainingSpec.model_validate({"dataset": "circles", "epochs": 3})


def submit(database: Database, priority: int = 0, spec: TrainingSpec = SPEC) -> str:
    with database.write() as session:
        return jobs.submit(session, spec, now=1.0, priority=priority).id


def claim(database: Database, now: float = 2.0, preferred: Collection[str] = ()) -> Lease:
    with database.write() as session:
        lease = leases.claim(session, lease_seconds=10, now=now, preferred=preferred)
    assert lease is not None
    return lease


def status(database: Database, job_id: str) -> str:
    with database.read() as session:
        return jobs.get(session, job_id).status


def succeed(session: Session, lease: Lease) -> None:
    leases.succeed(session, lease, result={"epochs_run": 3}, onnx=b"onnx", keras=b"keras", now=3.0)


def fail(session: Session, lease: Lease) -> None:
    leases.fail(session, lease, type="DatasetError", message="no such file", now=3.0)


def lose(session: Session, lease: Lease, max_attempts: int = 3) -> None:
    leases.lose_attempt(session, lease, type="TrainerCrashed", reason="SIGKILL", max_attempts=max_attempts, now=3.0)


def release(session: Session, lease: Lease) -> None:
    leases.release(session, lease, reason="the worker stopped", now=3.0)


def bring_to(database: Database, status: str) -> str:
    job_id = submit(database)
    if status == "queued":
        return job_id
    lease = claim(database)
    end: dict[str, Callable[[Session], object]] = {
        "running": lambda session: None,
        "succeeded": lambda session: succeed(session, lease),
        "failed": lambda session: fail(session, lease),
        "cancelled": lambda session: jobs.cancel(session, job_id, now=3.0),
    }
    with database.write() as session:
        end[status](session)
    return job_id
