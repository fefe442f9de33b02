"""Names for models that stay while the model behind them changes; the only writer of the alias tables.

Each re-pointing makes a new version, 1, 2, 3, …; the bare name means the latest one. A job id is a model, too: it has
version 1 and no labels.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from uuid_utils import uuid7

from service.database.tables import Alias, AliasVersion, Blob, Job, Model
from service.errors import Conflict, Invalid, NotFound, UnknownVersion
from service.store import models, pages
from service.store.models import StoredModel
from service.store.pages import Page

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
JOB_ID = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True)
class ModelVersion:
    """What a name means at one moment."""

    version: int
    stored: StoredModel


@dataclass(frozen=True)
class VersionView:
    version: int
    job_id: str
    label: str | None
    created_at: float


@dataclass(frozen=True)
class AliasView:
    """An alias as it stood at one moment; ``versions`` has the newest first, and the bare name means ``latest``."""

    name: str
    latest: int
    versions: Sequence[VersionView]


def point(session: Session, name: str, job_id: str, *, label: str | None = None, now: float) -> tuple[AliasView, bool]:
    """Makes ``name`` mean the model of a job, from ``now`` on, and says whether that created the alias.

    ``label`` moves to the new version. Changes nothing when the name means that already. Raises Invalid for names and
    labels that cannot be used, NotFound and Conflict for jobs as :func:`models.find` does.
    """
    _check(name, label)
    # The answer is not needed: the lock keeps the job from being deleted before this transaction ends.
    session.scalars(select(Job.id).where(Job.id == job_id).with_for_update(key_share=True, read=True)).one_or_none()
    models.find(session, job_id)
    alias = session.scalars(select(Alias).where(Alias.name == name).with_for_update()).one_or_none()
    created = alias is None
    if alias is None:
        alias = Alias(name=name, id=uuid7().hex, latest=0, versions=[])
        session.add(alias)
    elif (newest := alias.versions[0]).job_id == job_id and label in (None, newest.label):
        return _view(alias), False
    for version in alias.versions:
        if label is not None and version.label == label:
            version.label = None
    alias.latest += 1
    alias.versions.insert(0, AliasVersion(alias=name, version=alias.latest, job_id=job_id, label=label, created_at=now))
    try:
        session.flush()
    except IntegrityError as error:  # two first versions at once, on a database with several writers
        raise Conflict(f"alias {name!r} was made by another request at the same time: try again") from error
    return _view(alias), created


def remove(session: Session, name: str) -> None:
    """Deletes an alias with all its versions; the jobs and their models stay."""
    if session.execute(delete(Alias).where(Alias.name == name).returning(Alias.name)).one_or_none() is None:
        raise NotFound(f"there is no alias {name!r}")


def forget_job(session: Session, job_id: str) -> None:
    """Deletes the old versions that mean this job; Conflict when a latest or a labelled one does."""
    used = session.scalars(
        select(Alias.name)
        .join(AliasVersion, AliasVersion.alias == Alias.name)
        .where(AliasVersion.job_id == job_id)
        .where(or_(AliasVersion.version == Alias.latest, AliasVersion.label.is_not(None)))
        .order_by(Alias.name)
    ).all()
    if used:
        names = ", ".join(repr(name) for name in dict.fromkeys(used))
        raise Conflict(f"job {job_id} is the model of alias {names}: point the alias elsewhere or delete it first")
    session.execute(delete(AliasVersion).where(AliasVersion.job_id == job_id))


def page(session: Session, *, limit: int, after: str | None) -> Page[AliasView]:
    return pages.page(session, select(Alias), Alias.id, limit=limit, after=after).map(_view)


def _view(alias: Alias) -> AliasView:
    return AliasView(
        alias.name, alias.latest,
        [VersionView(one.version, one.job_id, one.label, one.created_at) for one in alias.versions],
    )  # fmt: skip


def versions(session: Session, name: str) -> list[int]:
    """The versions of a model, newest first. Raises as :func:`find` does."""
    find(session, name)
    found = session.scalars(
        select(AliasVersion.version).where(AliasVersion.alias == name).order_by(AliasVersion.version.desc())
    ).all()
    return list(found) or [1]


def find(session: Session, name: str, version: int | None = None, label: str | None = None) -> ModelVersion:
    """The model that ``name`` means: its latest version, or that of the number or label asked for.

    Raises NotFound for what there is not, and Conflict for a job without a model.
    """
    if not NAME.fullmatch(name):
        raise NotFound(f"there is no model {name!r}: use the id of a succeeded job or an alias")
    if JOB_ID.fullmatch(name):
        found = ModelVersion(1, models.find(session, name))
        if label is not None or version not in (None, 1):
            raise UnknownVersion(name, version=version, label=label)
        return found
    wanted = AliasVersion.version == Alias.latest
    if label is not None:
        wanted = AliasVersion.label == label
    elif version is not None:
        wanted = AliasVersion.version == version
    row = session.execute(
        select(AliasVersion.version, AliasVersion.job_id, Model.onnx_blob, Blob.sha256)
        .join(Alias, Alias.name == AliasVersion.alias)
        .join(Model, Model.job_id == AliasVersion.job_id)
        .join(Blob, Blob.id == Model.onnx_blob)
        .where(Alias.name == name, wanted)
    ).one_or_none()
    if row is not None:
        return ModelVersion(row.version, StoredModel(row.job_id, row.onnx_blob, row.sha256))
    if session.get(Alias, name) is None:
        raise NotFound(f"there is no model {name!r}: use the id of a succeeded job or an alias")
    raise UnknownVersion(name, version=version, label=label)


def _check(name: str, label: str | None) -> None:
    if JOB_ID.fullmatch(name):
        raise Invalid(f"alias {name!r} looks like a job id: take a name that is not 32 hexadecimal digits")
    for what, given in (("alias", name), ("label", label)):
        if given is not None and not NAME.fullmatch(given):
            raise Invalid(
                f"{what} {given!r} cannot be used: take up to 100 letters, digits, '.', '_' and '-', "
                "beginning with a letter or a digit"
            )
