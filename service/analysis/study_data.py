"""What a comparison or report of a study is made from, read from the database as values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from bn_models.spec import TrainingSpec
from bn_models.spec.study import ArmDesign, Design, arms
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Claim
from bn_models.statistics.runs import ArmRuns, Run
from service.analysis.study_conditions import conditions, looks_taken
from service.database.tables import Epoch, Job
from service.presets.catalog import Preset, preset
from service.store import diagnostics, studies
from service.vocabulary import ACTIVE


@dataclass(frozen=True)
class StudyData:
    """A study with what its runs recorded; sequences have one entry an arm. Runs that were trained elsewhere have no
    ``id``, ``design`` and ``specs``.

    ``design``: what makes the same study when it is sent as a new one. ``baselines``: the position of each arm's
    baseline, None for one that is a baseline itself. ``specs``: JSON of the spec of each arm's first seed.
    ``cancelled``: runs, those that are not looked at yet included. ``looks``: the planned ones.
    """

    id: str | None
    name: str | None
    design: Mapping[str, Any]
    preset: Preset | None
    partial: bool
    cancelled: int
    conditions: Conditions
    arms: Sequence[ArmRuns]
    baselines: Sequence[int | None]
    specs: Sequence[Mapping[str, Any]]
    looks: Sequence[int] = ()
    claims: Sequence[Claim] = ()
    diagnostics: Sequence[Sequence[Mapping[str, Any]]] = ()
    """Those of the runs that have any: see :func:`service.store.diagnostics.columns`."""


def study_data(session: Session, study_id: str, metric: str, *, inside: bool) -> StudyData:
    """Raises NotFound. ``metric``: what is compared, for the overlap of the rows it is measured on. ``inside``: with
    diagnostics, which only charts are made of.

    With planned looks the runs are those of the seeds of the last look that is complete, before the first one all that
    have ended: ``conditions.looks`` is empty then.
    """
    study = studies.get(session, study_id)
    design, origin = studies.design_of(study), preset(study.preset) if study.preset else None
    design_arms, jobs = arms(design), _jobs(session, study_id)
    specs = _specs(design_arms, jobs)

    active = [_number(job, design) for job in jobs if job.status in ACTIVE]
    looks, planned = looks_taken(design.looks, studies.sizes(study), active)
    seeds = looks[-1] if looks and planned else design.seeds
    runs = _runs(session, study_id, [job for job in jobs if _number(job, design) < seeds])
    compared = [ArmRuns(arm.label, arm.settings, runs[position]) for position, arm in enumerate(design_arms)]
    return StudyData(
        id=study.id,
        name=study.name,
        design=_anew(design),
        preset=origin,
        partial=bool(active),
        cancelled=sum(job.status == "cancelled" for job in jobs),
        conditions=conditions(specs, metric, [run for arm in compared for run in arm.runs], looks, planned),
        arms=compared,
        baselines=[arm.baseline for arm in design_arms],
        specs=[spec.model_dump(mode="json") for spec in specs],
        looks=tuple(design.looks or ()),
        claims=[Claim(**claim.model_dump(by_alias=False)) for claim in design.claims],
        diagnostics=_diagnostics(session, study_id, jobs, len(design_arms)) if inside else (),
    )


def _anew(design: Design) -> dict[str, Any]:
    """A study that went on after its last look has no plan that could be made again."""
    gone_on = design.looks is not None and design.looks[-1] < design.seeds
    return (design.model_copy(update={"looks": None}) if gone_on else design).model_dump(mode="json")


def _specs(design_arms: Sequence[ArmDesign], jobs: Sequence[Row[Any]]) -> list[TrainingSpec]:
    """Those of the arms; of uploaded data what its jobs know of it, where an arm and not the base names it."""
    of_job = {job.arm: job.spec for job in reversed(jobs)}
    return [
        TrainingSpec.model_validate({**of_job[position], "seed": arm.spec.seed})
        if position in of_job and not getattr(arm.spec.dataset, "known", True)
        else arm.spec
        for position, arm in enumerate(design_arms)
    ]


def _number(job: Row[Any], design: Design) -> int:
    """Of the job's seed, from 0."""
    return int(job.spec["seed"] - design.base.seed)


def _diagnostics(session: Session, study_id: str, jobs: Sequence[Row[Any]], arms: int) -> list[list[dict[str, Any]]]:
    of_jobs = diagnostics.of_jobs(session, select(Job.id).where(Job.study_id == study_id, Job.status == "succeeded"))
    found: list[list[dict[str, Any]]] = [[] for _ in range(arms)]
    for job in jobs:
        if job.id in of_jobs:
            found[job.arm].append(of_jobs[job.id])
    return found


def _jobs(session: Session, study_id: str) -> Sequence[Row[Any]]:
    """The study's jobs, oldest first: id, arm, spec, status and result."""
    of_study = select(Job.id, Job.arm, Job.spec, Job.status, Job.result).where(Job.study_id == study_id)
    return session.execute(of_study.order_by(Job.id)).all()


def _runs(session: Session, study_id: str, jobs: Sequence[Row[Any]]) -> dict[int, list[Run]]:
    """Those of ``jobs`` that have ended, by arm."""
    metrics = _metrics(session, study_id)
    runs: dict[int, list[Run]] = defaultdict(list)
    for job in jobs:
        if job.status not in ACTIVE:
            runs[job.arm].append(_run(job, metrics.get(job.id, {})))
    return runs


def _run(job: Row[Any], metrics: Mapping[str, list[float | None]]) -> Run:
    result = job.result if job.status == "succeeded" else None
    if result is None:
        return Run(job.spec["seed"], {}, failed=job.status == "failed", cancelled=job.status == "cancelled")
    final = {name: float(value) for name, value in result["final"].items() if name != "epoch" and value is not None}
    return Run(
        job.spec["seed"], metrics, result["diverged_at_epoch"], final=final,
        largest_class_share=result.get("largest_class_share"),
    )  # fmt: skip


def _metrics(session: Session, study_id: str) -> dict[str, dict[str, list[float | None]]]:
    """A column a metric, by succeeded job."""
    columns: dict[str, dict[str, list[float | None]]] = defaultdict(lambda: defaultdict(list))
    of_study = select(Job.id).where(Job.study_id == study_id, Job.status == "succeeded")
    epochs = select(Epoch.job_id, Epoch.metrics).where(Epoch.job_id.in_(of_study)).order_by(Epoch.job_id, Epoch.epoch)
    for job_id, metrics in session.execute(epochs):
        for name, value in metrics.items():
            columns[job_id][name].append(float("nan") if value is None else float(value))  # "NaN", "Infinity" too
    return columns
