"""Which workers are alive; the only writer of the workers table."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.database.tables import Worker

SEEN_LATELY = 30.0
"""Seconds a worker may be silent before the service stops counting on it."""
HEARTBEAT_SECONDS = SEEN_LATELY / 3
"""Longest pause between two signs of life, so that one that comes late is not missed."""


def seen(session: Session, worker_id: str, *, slots: int, now: float) -> None:
    session.merge(Worker(id=worker_id, seen_at=now, slots=slots))
    session.execute(delete(Worker).where(Worker.seen_at < now - 10 * SEEN_LATELY))


def gone(session: Session, worker_id: str) -> None:
    session.execute(delete(Worker).where(Worker.id == worker_id))


def any_alive(session: Session, *, now: float) -> bool:
    return session.scalars(select(Worker.id).where(Worker.seen_at > now - SEEN_LATELY).limit(1)).first() is not None
