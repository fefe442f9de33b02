"""What a comparison or report of a study is made from, read from the database as plain values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bn_models.spec.study import arms
from service.database.tables import Epoch, Job
from service.presets.catalog import Preset, preset
from service.store import diagnostics, studies
from service.vocabulary import ACTIVE

DEFAULT_THRESHOLD = 0.8


@dataclass(frozen=True)
class Question:
    """Crosses to the process that computes: nothing but plain values."""

    study: Mapping[str, Any]
    arms: Sequence[Mapping[str, Any]]
    """One each: label, settings, spec, baseline (position) and runs (seed, metrics, diverged_at_epoch, failed)."""
    threshold: float
    partial: bool
    preset: Preset | None
    diagnostics: Sequence[Sequence[Mapping[str, Any]]] = ()
    """By arm, of the runs that have any: see :func:`service.store.diagnostics.columns`."""


def comparison_of(session: Session, study_id: str, threshold: float | None, *, inside: bool) -> Question:
    """``threshold`` None: the preset's, else 0.8. ``inside``: with diagnostics, which only charts are made of."""
    study = studies.get(session, study_id)
    origin, design_arms = preset(study.preset) if study.preset else None, arms(studies.design_of(study))
    runs, counts = _runs(session, study_id), studies.summary(session, study).counts
    return Question(
        study={
            "id": study.id,
            "name": study.name,
            "preset": study.preset,
            "design": study.design,
            "cancelled": counts["cancelled"],
        },
        arms=[
            {
                "label": arm.label,
                "settings": arm.settings,
                "spec": arm.spec.model_dump(mode="json"),
                "baseline": arm.baseline,
                "runs": runs[position],
            }
            for position, arm in enumerate(design_arms)
        ],
        threshold=threshold if threshold is not None else origin.threshold if origin else DEFAULT_THRESHOLD,
        partial=any(counts[status] for status in ACTIVE),
        preset=origin,
        diagnostics=_diagnostics(session, study_id, len(design_arms)) if inside else (),
    )


def _diagnostics(session: Session, study_id: str, arms: int) -> list[list[dict[str, Any]]]:
    of_jobs = diagnostics.of_jobs(session, select(Job.id).where(Job.study_id == study_id, Job.status == "succeeded"))
    found: list[list[dict[str, Any]]] = [[] for _ in range(arms)]
    for job in session.execute(select(Job.id, Job.arm).where(Job.study_id == study_id).order_by(Job.id)):
        if job.id in of_jobs:
            found[job.arm].append(of_jobs[job.id])
    return found


def _runs(session: Session, study_id: str) -> dict[int, list[dict[str, Any]]]:
    """By arm: the runs that have ended; a cancelled one is none."""
    columns: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    of_study = select(Job.id).where(Job.study_id == study_id, Job.status == "succeeded")
    epochs = select(Epoch.job_id, Epoch.metrics).where(Epoch.job_id.in_(of_study)).order_by(Epoch.job_id, Epoch.epoch)
    for job_id, metrics in session.execute(epochs):
        for name, value in metrics.items():
            columns[job_id][name].append(float("nan") if value is None else float(value))  # "NaN", "Infinity" too
    ended = select(Job.id, Job.arm, Job.spec, Job.status, Job.result).where(
        Job.study_id == study_id, Job.status.in_(("succeeded", "failed"))
    )
    runs: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for job in session.execute(ended.order_by(Job.id)):
        runs[job.arm].append(
            {
                "seed": job.spec["seed"],
                "metrics": {name: list(values) for name, values in columns[job.id].items()},
                "diverged_at_epoch": job.result["diverged_at_epoch"] if job.result else None,
                "failed": job.status == "failed",
            }
        )
    return runs
