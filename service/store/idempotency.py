"""Idempotency-Key (IETF draft): the same key and body give the same resource, with another body they are refused.

The key is written in the transaction that makes the resource, and on SQLite writers take turns: a second waits for the
first one and finds what it made, instead of meeting it half done. A key is known for a day at least: long enough
for every retry, and the table does not grow for ever.
"""

import hashlib

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from service.database.tables import IdempotencyKey
from service.errors import Invalid

KEPT_SECONDS = 86_400.0


def made_by(session: Session, key: str, body: bytes) -> str | None:
    """The id of the resource that ``key`` made before; Invalid when it was made from another body."""
    found = session.get(IdempotencyKey, key)
    if found is None:
        return None
    if found.fingerprint != _fingerprint(body):
        raise Invalid(f"Idempotency-Key {key!r} was used with another body: take a new key for a new request")
    return found.job_id or found.study_id


def remember(
    session: Session, key: str, body: bytes, *, now: float, job_id: str | None = None, study_id: str | None = None
) -> None:
    """Keeps what ``key`` made, and forgets the keys of more than a day ago."""
    _forget_old(session, now)
    session.flush()  # the row it refers to has to be there first
    session.add(
        IdempotencyKey(key=key, fingerprint=_fingerprint(body), job_id=job_id, study_id=study_id, created_at=now)
    )


def _forget_old(session: Session, now: float) -> None:
    # A release that knows no age may have written a moment ago, beside this one: its keys get their day from here on.
    session.execute(update(IdempotencyKey).where(IdempotencyKey.created_at.is_(None)).values(created_at=now))
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT_SECONDS))


def _fingerprint(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
