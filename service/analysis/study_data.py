"""What a comparison or report of a study is made from, read from the database as values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bn_models.spec.study import arms
from bn_models.statistics.runs import ArmRuns, Run
from service.database.tables import Epoch, Job
from service.presets.catalog import Preset, preset
from service.store import diagnostics, studies
from service.vocabulary import ACTIVE

DEFAULT_THRESHOLD = 0.8


@dataclass(frozen=True)
class StudyData:
    """A study with what its runs recorded; sequences have one entry an arm.

    ``baselines``: the position of each arm's baseline, None for one that is a baseline itself. ``specs``: JSON of the
    spec of each arm's first seed. ``cancelled``: runs, which are in none of ``arms``.
    """

    id: str
    name: str | None
    design: Mapping[str, Any]
    preset: Preset | None
    threshold: float
    partial: bool
    cancelled: int
    arms: Sequence[ArmRuns]
    baselines: Sequence[int | None]
    specs: Sequence[Mapping[str, Any]]
    diagnostics: Sequence[Sequence[Mapping[str, Any]]] = ()
    """Those of the runs that have any: see :func:`service.store.diagnostics.columns`."""


def study_data(session: Session, study_id: str, threshold: float | None, *, inside: bool) -> StudyData:
    """Raises NotFound. ``threshold`` None: the preset's, else 0.8. ``inside``: with diagnostics, which only charts
    are made of."""
    study = studies.get(session, study_id)
    origin, design_arms = preset(study.preset) if study.preset else None, arms(studies.design_of(study))
    runs, counts = _runs(session, study_id), studies.summary(session, study).counts
    return StudyData(
        id=study.id,
        name=study.name,
        design=study.design,
        preset=origin,
        threshold=threshold if threshold is not None else origin.threshold if origin else DEFAULT_THRESHOLD,
        partial=any(counts[status] for status in ACTIVE),
        cancelled=counts["cancelled"],
        arms=[ArmRuns(arm.label, arm.settings, runs[position]) for position, arm in enumerate(design_arms)],
        baselines=[arm.baseline for arm in design_arms],
        specs=[arm.spec.model_dump(mode="json") for arm in design_arms],
        diagnostics=_diagnostics(session, study_id, len(design_arms)) if inside else (),
    )


def _diagnostics(session: Session, study_id: str, arms: int) -> list[list[dict[str, Any]]]:
    of_jobs = diagnostics.of_jobs(session, select(Job.id).where(Job.study_id == study_id, Job.status == "succeeded"))
    found: list[list[dict[str, Any]]] = [[] for _ in range(arms)]
    for job in session.execute(select(Job.id, Job.arm).where(Job.study_id == study_id).order_by(Job.id)):
        if job.id in of_jobs:
            found[job.arm].append(of_jobs[job.id])
    return found


def _runs(session: Session, study_id: str) -> dict[int, list[Run]]:
    """The runs that have ended, by arm; a cancelled one is none."""
    metrics = _metrics(session, study_id)
    ended = select(Job.id, Job.arm, Job.spec, Job.status, Job.result).where(
        Job.study_id == study_id, Job.status.in_(("succeeded", "failed"))
    )
    runs: dict[int, list[Run]] = defaultdict(list)
    for job in session.execute(ended.order_by(Job.id)):
        diverged_at_epoch = job.result["diverged_at_epoch"] if job.result else None
        run = Run(job.spec["seed"], metrics.get(job.id, {}), diverged_at_epoch, failed=job.status == "failed")
        runs[job.arm].append(run)
    return runs


def _metrics(session: Session, study_id: str) -> dict[str, dict[str, list[float | None]]]:
    """A column a metric, by succeeded job."""
    columns: dict[str, dict[str, list[float | None]]] = defaultdict(lambda: defaultdict(list))
    of_study = select(Job.id).where(Job.study_id == study_id, Job.status == "succeeded")
    epochs = select(Epoch.job_id, Epoch.metrics).where(Epoch.job_id.in_(of_study)).order_by(Epoch.job_id, Epoch.epoch)
    for job_id, metrics in session.execute(epochs):
        for name, value in metrics.items():
            columns[job_id][name].append(float("nan") if value is None else float(value))  # "NaN", "Infinity" too
    return columns
