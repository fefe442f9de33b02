"""The tables, each written by one module of :mod:`service.store`.

But jobs are written by two, ``store.jobs`` and ``store.leases``, blobs by :mod:`service.database.blobs`, and MLflow's
runs by :mod:`service.mlflow_export.pending`.

Times are seconds since 1970 (UTC). JSON columns hold numbers that are not finite as the strings "NaN", "Infinity" and
"-Infinity": SQLite would store NaN as NULL, and a diverged loss is data here.
"""

from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from service.database.column_types import Json, Seconds


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {str: Text, int: Integer, float: Seconds, bytes: LargeBinary, dict: Json, list: Json}  # noqa: RUF012


STRICT = {"sqlite_strict": True}


class Job(Base):
    """A training job; the row is the queue."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    study_id: Mapped[str | None]
    arm: Mapped[int | None]
    """Position among the arms of its study."""
    spec: Mapped[dict[str, Any]] = mapped_column(Json)
    # copies of what lists are filtered by
    dataset: Mapped[str]
    placement: Mapped[str]
    activation: Mapped[str]
    program: Mapped[str] = mapped_column(server_default="")
    """Jobs with equal ones share a compiled program; empty for those of before there was this column."""
    status: Mapped[str]
    priority: Mapped[int]
    max_seconds: Mapped[float | None]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    attempt: Mapped[int]
    lease_token: Mapped[str | None]
    lease_expires_at: Mapped[float | None]
    epoch: Mapped[int]
    epochs: Mapped[int]
    resumed_from: Mapped[list[int]] = mapped_column(Json)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    error: Mapped[dict[str, Any] | None] = mapped_column(Json)
    last_event: Mapped[int]
    """Number of the latest event; epochs and status changes of a job share one sequence."""

    tags: Mapped[list["JobTag"]] = relationship(lazy="selectin", cascade="all, delete-orphan", passive_deletes=True)

    __table_args__ = (
        Index(None, "status", "priority", "id"),
        Index(None, "status", "priority", "program", "id"),
        Index(None, "study_id", "id"),
        Index(None, "dataset", "id"),
        STRICT,
    )


class Study(Base):
    """A comparison in the making; its jobs point to it."""

    __tablename__ = "studies"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    preset: Mapped[str | None]
    design: Mapped[dict[str, Any]] = mapped_column(Json)
    """Base spec, arms, seeds, baseline, looks and claims, as :class:`bn_models.spec.study.Design` has them."""
    grown_from: Mapped[list[int] | None] = mapped_column(Json)
    """The numbers of seeds that it had before it grew; null: by a release that did not keep them, or not at all."""
    tags: Mapped[dict[str, str]] = mapped_column(Json)
    priority: Mapped[int]
    created_at: Mapped[float]
    cancelled_at: Mapped[float | None]

    __table_args__ = (STRICT,)


class JobTag(Base):
    __tablename__ = "job_tags"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]

    __table_args__ = (Index(None, "key", "value", "job_id"), STRICT)


class StatusChange(Base):
    """What happened to a job and why: every attempt leaves its reason here."""

    __tablename__ = "status_changes"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    attempt: Mapped[int]
    at: Mapped[float]
    reason: Mapped[str | None]

    __table_args__ = (STRICT,)


class Epoch(Base):
    """The metrics of one epoch of one job."""

    __tablename__ = "epochs"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[int]
    metrics: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (STRICT,)


class Diagnosis(Base):
    """What was seen inside a job's network at the end of an epoch."""

    __tablename__ = "diagnostics"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    found: Mapped[dict[str, Any]] = mapped_column(Json)

    __table_args__ = (STRICT,)


class Blob(Base):
    """Large bytes, in chunks, away from the rows that lists read."""

    __tablename__ = "blobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    size: Mapped[int]

    __table_args__ = (STRICT,)


class BlobChunk(Base):
    __tablename__ = "blob_chunks"

    blob_id: Mapped[int] = mapped_column(ForeignKey("blobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]

    __table_args__ = (STRICT,)


class Model(Base):
    """The inference-mode model of a succeeded job, as ONNX and as the Keras original."""

    __tablename__ = "models"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[float]
    onnx_blob: Mapped[int] = mapped_column(ForeignKey("blobs.id"))
    keras_blob: Mapped[int] = mapped_column(ForeignKey("blobs.id"))

    __table_args__ = (STRICT,)


class Alias(Base):
    """A name for models that clients keep while what it stands for changes."""

    __tablename__ = "model_aliases"

    name: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    """Sorts by the time of creation: the cursor of lists."""
    latest: Mapped[int]
    """The version that the bare name means; numbers are never given twice."""

    versions: Mapped[list["AliasVersion"]] = relationship(
        lazy="selectin", order_by="AliasVersion.version.desc()", cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (STRICT,)


class AliasVersion(Base):
    __tablename__ = "model_alias_versions"

    alias: Mapped[str] = mapped_column(ForeignKey("model_aliases.name", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    label: Mapped[str | None]
    """The newest version that was given a label has it, and no other of the alias."""
    created_at: Mapped[float]

    __table_args__ = (STRICT,)


class Checkpoint(Base):
    """The newest complete training state of an unfinished job."""

    __tablename__ = "checkpoints"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int]
    blob: Mapped[int] = mapped_column(ForeignKey("blobs.id"))

    __table_args__ = (STRICT,)


class MlflowRun(Base):
    """What MLflow knows of a job that has ended. No row: nothing yet."""

    __tablename__ = "mlflow_runs"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    logged_end: Mapped[float | None]
    """The ``finished_at`` of the end that was logged: a retried job ends again."""
    failures: Mapped[int]
    next_at: Mapped[float]
    """Not to be tried before: another worker is busy with it, or it failed lately."""

    __table_args__ = (STRICT,)


class EpochSeconds(Base):
    """Epochs that took at most ``up_to`` seconds and more than the bound below, since there is this database."""

    __tablename__ = "epoch_seconds"

    up_to: Mapped[float] = mapped_column(primary_key=True)
    epochs: Mapped[int]
    seconds: Mapped[float]

    __table_args__ = (STRICT,)


class Dataset(Base):
    """A dataset of a user's own, as it is trained on; what was uploaded is not kept."""

    __tablename__ = "datasets"

    name: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[float]
    source_sha256: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(Json)
    found: Mapped[dict[str, Any]] = mapped_column(Json)
    """Columns, labels, numbers of rows: see :func:`bn_models.ingest.accept.accept`."""
    blob: Mapped[int] = mapped_column(ForeignKey("blobs.id"))

    __table_args__ = (STRICT,)


class Worker(Base):
    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[float]
    slots: Mapped[int]

    __table_args__ = (STRICT,)


class IdempotencyKey(Base):
    """Which resource a client's Idempotency-Key made, and from which body."""

    __tablename__ = "idempotency_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    study_id: Mapped[str | None] = mapped_column(ForeignKey("studies.id", ondelete="CASCADE"))
    created_at: Mapped[float | None] = mapped_column(index=True)
    """None in rows of the release before there was this column."""

    __table_args__ = (STRICT,)
