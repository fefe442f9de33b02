"""Studies: the only writer of their table. Their jobs are made, cancelled and removed by :mod:`service.store.jobs`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from uuid_utils import uuid7

from bn_models.spec.study import ArmDesign, Design, count_of_arms
from service.database.tables import Job, Study
from service.errors import Conflict, NotFound
from service.store import jobs, pages
from service.store.jobs import Submission
from service.store.pages import Page
from service.vocabulary import ACTIVE, TERMINAL, StudyStatus


@dataclass(frozen=True)
class Summary:
    """Where a study stands; ``job_ids`` has one list an arm, in the order of seeds."""

    status: StudyStatus
    counts: Mapping[str, int]
    fraction: float
    finished_at: float | None
    job_ids: Sequence[Sequence[str]]


def planned(arms: Sequence[ArmDesign]) -> list[Submission]:
    """The first run of each arm, whose dataset has been resolved. This takes time: call it before the transaction."""
    return [jobs.prepared(arm.spec, name=arm.label, arm=position) for position, arm in enumerate(arms)]


@dataclass(frozen=True)
class StudyView:
    """A study as it stood at one moment; times are seconds since 1970."""

    id: str
    name: str | None
    preset: str | None
    tags: Mapping[str, str]
    created_at: float
    design: Design
    sizes: Sequence[int]
    summary: Summary


def create(
    session: Session,
    design: Design,
    plan: Sequence[Submission],
    *,
    now: float,
    name: str | None = None,
    preset: str | None = None,
    tags: Mapping[str, str] | None = None,
    priority: int = 0,
) -> Study:
    """Stores the study and all its jobs; ``plan`` is :func:`planned` of its arms."""
    study = Study(
        id=uuid7().hex, name=name, preset=preset, design=design.model_dump(mode="json"), tags=dict(tags or {}),
        priority=priority, created_at=now, cancelled_at=None, grown_from=[],
    )  # fmt: skip
    session.add(study)
    _add_runs(session, study, plan, range(design.seeds), now)
    return study


def grow(session: Session, study_id: str, plan: Sequence[Submission], seeds: int, *, now: float) -> Study:
    """More seeds for every arm; what ran stays. ``plan`` is :func:`planned` of the study's arms.

    Conflict when there are as many seeds already or the study was cancelled.
    """
    study = get(session, study_id)
    design = design_of(study)
    if study.cancelled_at is not None:
        raise Conflict(f"study {study_id} is cancelled: only other studies can grow")
    if seeds <= design.seeds:
        raise Conflict(f"study {study_id} has {design.seeds} seeds already: a study can only grow")
    study.design = design.model_copy(update={"seeds": seeds}).model_dump(mode="json")
    study.grown_from = [*(study.grown_from or ()), design.seeds]
    _add_runs(session, study, plan, range(design.seeds, seeds), now)
    return study


def get(session: Session, study_id: str) -> Study:
    study = session.get(Study, study_id)
    if study is None:
        raise NotFound(f"there is no study {study_id!r}")
    return study


def design_of(study: Study) -> Design:
    return Design.model_validate(study.design)


def sizes(study: Study) -> list[int]:
    """The numbers of seeds that the study has had, one after the other; the last is today's."""
    return [*(study.grown_from or ()), study.design["seeds"]]


def page(session: Session, *, limit: int, after: str | None) -> Page[StudyView]:
    found = pages.page(session, select(Study), Study.id, limit=limit, after=after)
    return found.map(lambda study: view(session, study))


def view(session: Session, study: Study) -> StudyView:
    session.flush()
    return StudyView(
        id=study.id, name=study.name, preset=study.preset, tags=study.tags, created_at=study.created_at,
        design=design_of(study), sizes=sizes(study), summary=summary(session, study),
    )  # fmt: skip


def cancel(session: Session, study_id: str, *, now: float) -> Study:
    study = get(session, study_id)
    active = session.scalars(select(Job.id).where(Job.study_id == study_id, Job.status.in_(ACTIVE))).all()
    if not active:
        raise Conflict(f"study {study_id} has ended already: only running studies can be cancelled")
    for job_id in active:
        jobs.cancel(session, job_id, now=now)
    study.cancelled_at = now
    return study


def remove(session: Session, study_id: str) -> None:
    """Deletes a study that has ended, with its jobs, their metrics and models."""
    study = get(session, study_id)
    if summary(session, study).status == "running":
        raise Conflict(f"study {study_id} is running: cancel it before deleting it")
    for job_id in session.scalars(select(Job.id).where(Job.study_id == study_id)).all():
        jobs.remove(session, job_id)
    session.delete(study)


def summary(session: Session, study: Study) -> Summary:
    rows = session.execute(
        select(Job.id, Job.arm, Job.status, Job.epoch, Job.epochs, Job.finished_at)
        .where(Job.study_id == study.id)
        .order_by(Job.arm, Job.id)
    ).all()
    counts = Counter(row.status for row in rows)
    done = sum(row.epochs if row.status in TERMINAL else row.epoch for row in rows)
    running = any(counts[status] for status in ACTIVE)
    ended: StudyStatus = "finished" if study.cancelled_at is None else "cancelled"
    job_ids: list[list[str]] = [[] for _ in range(_arm_count(study))]
    for row in rows:
        job_ids[row.arm].append(row.id)
    return Summary(
        status="running" if running else ended,
        counts={status: counts[status] for status in (*ACTIVE, *TERMINAL)},
        fraction=done / (sum(row.epochs for row in rows) or 1),
        finished_at=None if running else max((row.finished_at for row in rows if row.finished_at), default=None),
        job_ids=job_ids,
    )


def version(session: Session, study_id: str) -> tuple[Any, ...]:
    """Changes whenever something in the study does: what a comparison was made from."""
    row = session.execute(
        select(func.count(), func.sum(Job.last_event), func.max(Job.finished_at)).where(Job.study_id == study_id)
    ).one()
    return tuple(row)


def _arm_count(study: Study) -> int:
    """As :attr:`Design.arm_count`, without validating what is known to be valid."""
    return count_of_arms(len(study.design.get("arms", ())), [len(values) for values in study.design["grid"].values()])


def _add_runs(session: Session, study: Study, plan: Sequence[Submission], runs: range, now: float) -> None:
    # All arms of a seed before the next seed: a study that is looked at half-way compares equal numbers of runs.
    seeds = [(first, first.spec.seed + run) for run in runs for first in plan]
    jobs.submit_many(
        session, [first.run(seed, f"{first.name}, seed {seed}") for first, seed in seeds],
        study_id=study.id, now=now, tags=study.tags, priority=study.priority,
    )  # fmt: skip
