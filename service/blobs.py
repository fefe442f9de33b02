"""Large bytes in chunks with their sha256; the only writer of the blob tables."""

import hashlib

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.tables import Blob, BlobChunk

CHUNK = 1 << 20


def write(session: Session, data: bytes) -> int:
    """Stores ``data`` and gives its blob id."""
    blob = Blob(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    session.add(blob)
    session.flush()
    for position, start in enumerate(range(0, len(data), CHUNK)):
        session.add(BlobChunk(blob_id=blob.id, position=position, data=data[start : start + CHUNK]))
    return blob.id


def read(session: Session, blob_id: int) -> bytes:
    """The bytes of a blob; OSError when they are not what was stored."""
    chunks = session.scalars(select(BlobChunk.data).where(BlobChunk.blob_id == blob_id).order_by(BlobChunk.position))
    data = b"".join(chunks)
    if hashlib.sha256(data).hexdigest() != sha256(session, blob_id):
        raise OSError(f"blob {blob_id} does not match its sha256: the database file is damaged")
    return data


def sha256(session: Session, blob_id: int) -> str:
    return session.scalars(select(Blob.sha256).where(Blob.id == blob_id)).one()


def remove(session: Session, blob_ids: list[int]) -> None:
    session.execute(delete(Blob).where(Blob.id.in_(blob_ids)))
