"""What was seen inside a job's network at ends of epochs. :mod:`bn_models.diagnostics.observer` says what it means."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from service.database.tables import Diagnosis


def record(session: Session, job_id: str, found: Mapping[int, Mapping[str, Any]]) -> None:
    """Adds what was found at the ends of epochs (1-based); an epoch that is there already is replaced."""
    session.execute(delete(Diagnosis).where(Diagnosis.job_id == job_id, Diagnosis.epoch.in_(list(found))))
    session.add_all(Diagnosis(job_id=job_id, epoch=epoch, found=dict(one)) for epoch, one in sorted(found.items()))


def drop_after(session: Session, job_id: str, epoch: int) -> None:
    session.execute(delete(Diagnosis).where(Diagnosis.job_id == job_id, Diagnosis.epoch > epoch))


def columns(session: Session, job_id: str) -> dict[str, Any]:
    """One list a quantity, one entry an epoch that was looked at; in each layer the quantities that it has."""
    return of_jobs(session, [job_id]).get(job_id, {"epoch": [], "layers": []})


def of_jobs(session: Session, job_ids: Select[str] | list[str]) -> dict[str, dict[str, Any]]:
    """:func:`columns` of each job that was looked into."""
    rows = session.execute(
        select(Diagnosis.job_id, Diagnosis.epoch, Diagnosis.found)
        .where(Diagnosis.job_id.in_(job_ids))
        .order_by(Diagnosis.job_id, Diagnosis.epoch)
    )
    return {job_id: _columns(list(of_job)) for job_id, of_job in groupby(rows, key=lambda row: row.job_id)}


def _columns(rows: Sequence[Any]) -> dict[str, Any]:
    first = rows[0].found
    return {
        "epoch": [row.epoch for row in rows],
        **{name: [row.found[name] for row in rows] for name in first if name != "layers"},
        "layers": [_layer([row.found["layers"][position] for row in rows]) for position in range(len(first["layers"]))],
    }


def _layer(epochs: list[dict[str, Any]]) -> dict[str, Any]:
    named = {"name": epochs[0]["name"], "kind": epochs[0]["kind"]}
    quantities = [name for name, value in epochs[0].items() if value is not None and name not in named]
    return {**named, **{name: [layer[name] for layer in epochs] for name in quantities}}
