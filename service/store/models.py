"""The inference-mode models of succeeded jobs; the only writer of the models table."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from service.database import blobs
from service.database.tables import Blob, Job, Model
from service.errors import Conflict, NotFound, NotReady
from service.vocabulary import ModelFormat


@dataclass(frozen=True)
class StoredModel:
    job_id: str
    blob: int
    sha256: str


def store(session: Session, job_id: str, *, onnx: bytes, keras: bytes, now: float) -> None:
    onnx_blob, keras_blob = blobs.write(session, onnx), blobs.write(session, keras)
    session.add(Model(job_id=job_id, created_at=now, onnx_blob=onnx_blob, keras_blob=keras_blob))


def find(session: Session, job_id: str, format: ModelFormat = "onnx") -> StoredModel:
    """The model of a job, without its bytes. NotFound: no such job; Conflict: a job without a model (yet)."""
    column = Model.onnx_blob if format == "onnx" else Model.keras_blob
    row = session.execute(
        select(Job.status, Blob.id, Blob.sha256)
        .outerjoin(Model, Model.job_id == Job.id)
        .outerjoin(Blob, Blob.id == column)
        .where(Job.id == job_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"there is no model {job_id!r}: use the id of a succeeded job or an alias")
    status, blob, sha256 = row
    if blob is None:
        raise Conflict(f"job {job_id!r} is {status} and has no model: only a succeeded job has one")
    return StoredModel(job_id, blob, sha256)


def remove(session: Session, job_id: str) -> None:
    used = session.execute(select(Model.onnx_blob, Model.keras_blob).where(Model.job_id == job_id)).one_or_none()
    session.execute(delete(Model).where(Model.job_id == job_id))
    blobs.remove(session, list(used or ()))


def data(session: Session, blob: int) -> bytes:
    """The bytes of a stored model. NotFound: it was deleted meanwhile; NotReady: they are not what was stored."""
    try:
        return blobs.read(session, blob)
    except NoResultFound as error:
        raise NotFound("the model was deleted") from error
    except OSError as error:
        raise NotReady(f"the model cannot be used: {error}; restore it from a backup or train the job again") from error
