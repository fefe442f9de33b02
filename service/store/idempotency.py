"""Idempotency-Key (IETF draft): the same key and body give the same resource, with another body they are refused.

The key is written in the transaction that makes the resource, and writers take turns: a second request waits for the
first one and finds what it made, instead of meeting it half done.
"""

import hashlib

from sqlalchemy.orm import Session

from service.database.tables import IdempotencyKey
from service.errors import Invalid


def made_by(session: Session, key: str, body: bytes) -> str | None:
    """The id of the resource that ``key`` made before; Invalid when it was made from another body."""
    found = session.get(IdempotencyKey, key)
    if found is None:
        return None
    if found.fingerprint != _fingerprint(body):
        raise Invalid(f"Idempotency-Key {key!r} was used with another body: take a new key for a new request")
    return found.job_id or found.study_id


def remember(
    session: Session, key: str, body: bytes, *, job_id: str | None = None, study_id: str | None = None
) -> None:
    session.flush()  # the row it refers to has to be there first
    session.add(IdempotencyKey(key=key, fingerprint=_fingerprint(body), job_id=job_id, study_id=study_id))


def _fingerprint(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
