"""Large bytes in chunks with their sha256; the only writer of the blob tables."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from service.database.tables import Blob, BlobChunk

CHUNK = 1 << 20


def write(session: Session, data: bytes) -> int:
    """Stores ``data`` and gives its blob id."""
    return _store(session, io.BytesIO(data))


def write_file(session: Session, path: Path) -> int:
    """Stores the bytes of a file, a chunk at a time, and gives their blob id."""
    with path.open("rb") as file:
        return _store(session, file)


def _store(session: Session, file: io.BufferedReader | io.BytesIO) -> int:
    blob = Blob(sha256=hashlib.file_digest(file, "sha256").hexdigest(), size=file.seek(0, io.SEEK_END))
    session.add(blob)
    session.flush()
    file.seek(0)
    for position, data in enumerate(iter(lambda: file.read(CHUNK), b"")):
        session.execute(insert(BlobChunk).values(blob_id=blob.id, position=position, data=data))
    return blob.id


def chunks(session: Session, blob_id: int) -> Iterator[bytes]:
    """The bytes of a blob in order, without looking whether they are what was stored."""
    rows = select(BlobChunk.data).where(BlobChunk.blob_id == blob_id).order_by(BlobChunk.position)
    yield from session.scalars(rows, execution_options={"yield_per": 1})


def read(session: Session, blob_id: int) -> bytes:
    """The bytes of a blob; OSError when they are not what was stored."""
    data = io.BytesIO()
    copy(session, blob_id, data)
    return data.getvalue()


def copy(session: Session, blob_id: int, file: BinaryIO) -> None:
    """Writes the bytes of a blob to ``file``; OSError when they are not what was stored."""
    digest = hashlib.sha256()
    for data in chunks(session, blob_id):
        digest.update(data)
        file.write(data)
    if digest.hexdigest() != sha256(session, blob_id):
        raise OSError(f"blob {blob_id} does not match its sha256: the database file is damaged")


def sha256(session: Session, blob_id: int) -> str:
    return session.scalars(select(Blob.sha256).where(Blob.id == blob_id)).one()


def remove(session: Session, blob_ids: list[int]) -> None:
    session.execute(delete(Blob).where(Blob.id.in_(blob_ids)))
