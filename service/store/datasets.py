"""Uploaded datasets; the only writer of the datasets table. A dataset that a job uses is never changed or removed."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bn_models.spec import TrainingSpec
from bn_models.spec.dataset import BUILT_IN, DatasetSpec, Rows, Uploaded
from bn_models.spec.training import SpecFields
from service.database import blobs
from service.database.engine import Database
from service.database.tables import Dataset, Job
from service.errors import Conflict, UnknownDataset, UnusableDataset
from service.store.upload_options import FileOptions

NAMES_SHOWN = 20


@dataclass(frozen=True)
class AcceptedUpload:
    """A file that was read and checked: ``file`` is what is stored, ``source_sha256`` of the bytes that were sent."""

    source_sha256: str
    options: FileOptions
    found: dict[str, Any]
    file: Path


@dataclass(frozen=True)
class DatasetView:
    """An uploaded dataset; ``found`` is what :func:`bn_models.ingest.accept.accept` found in it."""

    name: str
    created_at: float
    options: FileOptions
    found: Mapping[str, Any]


@dataclass(frozen=True)
class DatasetUse:
    """What is asked for one dataset only: the sha256 of its bytes and the jobs that use it, the newest 100 by id."""

    sha256: str
    job_count: int
    jobs: Sequence[str]


def get(session: Session, name: str) -> Dataset:
    dataset = session.get(Dataset, name)
    if dataset is None:
        raise UnknownDataset(name)
    return dataset


def read(session: Session, name: str) -> tuple[DatasetView, DatasetUse]:
    """Raises NotFound."""
    dataset = get(session, name)
    return _view(dataset), DatasetUse(blobs.sha256(session, dataset.blob), *used_by(session, name))


def stored(session: Session) -> list[DatasetView]:
    """All uploaded datasets, newest first."""
    found = session.scalars(select(Dataset).order_by(Dataset.created_at.desc(), Dataset.name))
    return [_view(dataset) for dataset in found]


def is_same(session: Session, name: str, source_sha256: str, options: FileOptions) -> bool:
    """Whether the dataset ``name`` was made of the same bytes in the same way."""
    dataset = session.get(Dataset, name)
    return (
        dataset is not None
        and dataset.source_sha256 == source_sha256
        and FileOptions.model_validate(dataset.options) == options
    )


def check_replaceable(session: Session, name: str) -> None:
    """Raises Conflict when ``name`` is a built-in dataset's or the name of one that a job uses."""
    if name in BUILT_IN:
        raise Conflict(f"{name} is a built-in dataset: choose another name")
    if (count := used_by(session, name)[0]) and session.get(Dataset, name) is not None:
        raise Conflict(f"dataset {name!r} is {_users(session, name, count)}, so it cannot be changed: use another name")


def put(session: Session, name: str, upload: AcceptedUpload, *, now: float) -> None:
    """Stores the upload under ``name``, in the place of one that no job uses. Raises Conflict."""
    dataset = _locked(session, name)
    check_replaceable(session, name)
    if dataset is not None:
        _delete(session, dataset)
    dataset = Dataset(
        name=name, created_at=now, source_sha256=upload.source_sha256, options=upload.options.model_dump(),
        found=upload.found,
        blob=blobs.write_file(session, upload.file),
    )  # fmt: skip
    session.add(dataset)


def remove(session: Session, name: str) -> None:
    if name in BUILT_IN:
        raise Conflict(f"{name} is a built-in dataset: it cannot be deleted")
    dataset = _locked(session, name) or get(session, name)
    if count := used_by(session, name)[0]:
        raise Conflict(f"dataset {name!r} is {_users(session, name, count)}: delete the jobs first")
    _delete(session, dataset)


def used_by(session: Session, name: str, limit: int = 100) -> tuple[int, list[str]]:
    """How many jobs use the dataset, and the newest of them."""
    count = session.scalars(select(func.count()).select_from(Job).where(Job.dataset == name)).one()
    ids = session.scalars(select(Job.id).where(Job.dataset == name).order_by(Job.id.desc()).limit(limit)).all()
    return count, list(ids)


def resolved(session: Session, fields: SpecFields) -> TrainingSpec:
    """The spec with all that is known of its dataset; :func:`check` it in the transaction that stores the spec.

    Raises UnusableDataset when there is no such dataset, or when the spec does not fit it.
    """
    spec = TrainingSpec.of(fields)
    if not isinstance(spec.dataset, Uploaded):
        return spec
    try:
        full = _known(session, spec.dataset)
        return TrainingSpec.model_validate({**spec.model_dump(), "dataset": full})
    except ValidationError as error:
        raise UnusableDataset(error.errors()[0]["msg"]) from error


def check(session: Session, dataset: DatasetSpec) -> None:
    """Raises UnusableDataset when an uploaded dataset is not what a resolved spec says, and locks it otherwise."""
    if isinstance(dataset, Uploaded):
        _known(session, dataset)


def file_of(database: Database, spec: Mapping[str, Any], folder: Path) -> Path | None:
    """The file of a stored spec's dataset in ``folder``, made if it is not there; None for a built-in dataset.

    Raises OSError, and NotFound.
    """
    sha256 = spec["dataset"].get("sha256")
    if sha256 is None:
        return None
    path, part = folder / f"{sha256}.npz", folder / f"{sha256}.{os.getpid()}.part"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with database.read() as session, part.open("wb") as file:
                blobs.copy(session, get(session, spec["dataset"]["name"]).blob, file)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path


def columns_of(database: Database, spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the columns that a stored spec's dataset is predicted from; none of built-in data and of arrays."""
    if "sha256" not in spec["dataset"]:
        return ()
    with database.read() as session:
        dataset = session.get(Dataset, spec["dataset"]["name"])
        if dataset is None or dataset.options["format"] == "npz":  # its columns are counted, not named
            return ()
        return tuple(column["name"] for column in dataset.found.get("columns", []))


def _known(session: Session, wanted: Uploaded) -> Uploaded:
    """The dataset as it was found at the upload, locked; UnusableDataset when there is none or another one."""
    dataset = _locked(session, wanted.name)
    if dataset is None:
        names = [*session.scalars(select(Dataset.name).order_by(Dataset.name).limit(NAMES_SHOWN)), *BUILT_IN]
        raise UnusableDataset(f"there is no dataset {wanted.name!r}; there are {', '.join(names)}")
    full = _full(session, dataset, wanted)
    if wanted.known and wanted != full:
        raise UnusableDataset(
            f"dataset {wanted.name!r} is not what the spec says: it was replaced; send its name alone"
        )
    return full


def _view(dataset: Dataset) -> DatasetView:
    return DatasetView(dataset.name, dataset.created_at, FileOptions.model_validate(dataset.options), dataset.found)


def _full(session: Session, dataset: Dataset, wanted: Uploaded) -> Uploaded:
    """As ``wanted`` would have it divided."""
    found = dataset.found
    division = wanted.model_dump(include=set(Rows.model_fields))
    return Uploaded(
        **division, sha256=blobs.sha256(session, dataset.blob), task=found["task"],
        row_shape=tuple(found["row_shape"]), labels=tuple(found["labels"]), train_rows=found["train_rows"],
        test_rows=found["test_rows"],
    )  # fmt: skip


def _locked(session: Session, name: str) -> Dataset | None:
    return session.scalars(select(Dataset).where(Dataset.name == name).with_for_update()).one_or_none()


def _delete(session: Session, dataset: Dataset) -> None:
    session.delete(dataset)
    session.flush()
    blobs.remove(session, [dataset.blob])


def _users(session: Session, name: str, count: int) -> str:
    newest = used_by(session, name, limit=1)[1][0]
    return f"used by job {newest}" + (f" and {count - 1} more" if count > 1 else "")
