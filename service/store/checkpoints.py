"""The newest checkpoint of each unfinished job; the only writer of the checkpoints table."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.database import blobs
from service.database.tables import Checkpoint


def store(session: Session, job_id: str, epoch: int, state: bytes) -> None:
    """Replaces the job's checkpoint by the state after ``epoch`` epochs."""
    remove(session, job_id)
    session.add(Checkpoint(job_id=job_id, epoch=epoch, blob=blobs.write(session, state)))


def load(session: Session, job_id: str) -> tuple[int, bytes] | None:
    """The epoch and the bytes of the job's checkpoint."""
    row = session.execute(select(Checkpoint.epoch, Checkpoint.blob).where(Checkpoint.job_id == job_id)).one_or_none()
    return None if row is None else (row.epoch, blobs.read(session, row.blob))


def remove(session: Session, job_id: str) -> None:
    used = session.scalars(select(Checkpoint.blob).where(Checkpoint.job_id == job_id)).all()
    session.execute(delete(Checkpoint).where(Checkpoint.job_id == job_id))
    blobs.remove(session, list(used))
