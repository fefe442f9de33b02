"""What is read of jobs: how they stand, pages of lists, metrics in columns, events since a number. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from bn_models.spec.metrics import METRICS
from service.database.tables import Epoch, Job, JobTag, StatusChange
from service.store import pages
from service.store.jobs import get
from service.store.pages import Page
from service.vocabulary import TERMINAL

ALWAYS = [metric.name for metric in METRICS.values() if metric.task != "regression" and metric.recorded == "epochs"]
"""In every answer: a regression has no accuracies, which are null, and mean absolute errors besides."""
NOTHING = dict.fromkeys(ALWAYS)


@dataclass(frozen=True)
class JobView:
    """A job as it stood at one moment; times are seconds since 1970."""

    id: str
    name: str | None
    tags: Mapping[str, str]
    study_id: str | None
    status: str
    spec: Mapping[str, Any]
    priority: int
    max_seconds: float | None
    created_at: float
    started_at: float | None
    finished_at: float | None
    attempt: int
    epoch: int
    epochs: int
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None


@dataclass(frozen=True)
class Event:
    """One event of a job's stream; ``number`` grows by time and is never given twice."""

    number: int
    kind: str
    data: dict[str, Any]


def page(
    session: Session, *, limit: int, after: str | None, tag: tuple[str, str] | None = None, **equal: str | None
) -> Page[JobView]:
    """``equal`` are columns of the job and the values asked for; None means any."""
    conditions: list[ColumnElement[bool]] = [
        getattr(Job, column) == value for column, value in equal.items() if value is not None
    ]
    if tag is not None:
        conditions.append(Job.tags.any((JobTag.key == tag[0]) & (JobTag.value == tag[1])))
    return pages.page(session, select(Job).where(*conditions), Job.id, limit=limit, after=after).map(view)


def view(job: Job) -> JobView:
    return JobView(
        id=job.id, name=job.name, tags={tag.key: tag.value for tag in job.tags}, study_id=job.study_id,
        status=job.status, spec=job.spec, priority=job.priority, max_seconds=job.max_seconds,
        created_at=job.created_at, started_at=job.started_at, finished_at=job.finished_at, attempt=job.attempt,
        epoch=job.epoch, epochs=job.epochs, result=job.result, error=job.error,
    )  # fmt: skip


def metric_columns(session: Session, job_id: str, after: int = 0) -> dict[str, list[Any]]:
    """The metrics of a job's epochs so far that are above ``after``, one list a metric."""
    names = _recorded(get(session, job_id).spec)
    newer = select(Epoch.epoch, Epoch.metrics).where(Epoch.job_id == job_id, Epoch.epoch > after)
    rows = session.execute(newer.order_by(Epoch.epoch)).all()
    return {
        "epoch": [row.epoch for row in rows],
        **{name: [row.metrics.get(name) for row in rows] for name in names},
    }


def _recorded(spec: Mapping[str, Any]) -> list[str]:
    regression = spec["dataset"].get("task") == "regression"
    other = "classification" if regression else "regression"
    asked = spec.get("evaluate_training") == "epochs"
    return [
        metric.name
        for metric in METRICS.values()
        if metric.name in ALWAYS
        or (metric.task != other and (metric.recorded == "epochs" or (asked and metric.recorded == "as asked")))
    ]


def events_after(session: Session, job_id: str, number: int) -> tuple[list[Event], bool]:
    """The events of a job with a number above ``number``, in order, and whether the stream is at its end."""
    job = get(session, job_id)
    changes = session.scalars(
        select(StatusChange).where(StatusChange.job_id == job_id, StatusChange.event > number)
    ).all()
    epochs = session.scalars(select(Epoch).where(Epoch.job_id == job_id, Epoch.event > number)).all()
    events = [
        Event(change.event, "status", {"status": change.status, "attempt": change.attempt, "reason": change.reason})
        for change in changes
    ] + [Event(epoch.event, "epoch", {"epoch": epoch.epoch, **NOTHING, **epoch.metrics}) for epoch in epochs]
    return sorted(events, key=lambda event: event.number), job.status in TERMINAL


def counts_by_status(session: Session) -> dict[str, int]:
    rows = session.execute(select(Job.status, func.count()).group_by(Job.status)).all()
    return {status: count for status, count in rows}


def oldest_queued_at(session: Session) -> float | None:
    return session.scalars(select(func.min(Job.created_at)).where(Job.status == "queued")).one()
