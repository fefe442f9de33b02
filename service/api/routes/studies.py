"""Routes under /v1/studies, and the presets."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from bn_models.statistics.question import Question
from service.analysis.pool import Analysis
from service.analysis.pool_task import DocumentFormat
from service.api.http.problems import answers
from service.api.routes.admission import BASE_DATASET, Repetition, checked_arms, dataset_at
from service.api.routes.dependencies import (
    AnalysisOf,
    Cursor,
    DatabaseOf,
    IdempotencyKey,
    SettingsOf,
    accepted,
    require_json,
)
from service.api.routes.questions import Asked
from service.api.schemas.studies import Growth, StudyIn, StudyOut, StudyPage, study_out
from service.database.engine import Database
from service.presets.catalog import Preset, presets
from service.store import datasets, studies
from service.vocabulary import ReportFormat

router = APIRouter(tags=["studies"])


@router.post(
    "/v1/studies",
    status_code=202,
    response_model=StudyOut,
    responses=answers(400, 404, 413, 415, 422),
    dependencies=[Depends(require_json)],
)
def create_study(
    body: StudyIn,
    response: Response,
    database: DatabaseOf,
    settings: SettingsOf,
    idempotency_key: IdempotencyKey = None,
) -> StudyOut:
    """Queues every run of every arm in one transaction: `base` x `grid` x `seeds`, or a `preset`."""
    with dataset_at(BASE_DATASET), database.read() as session:
        design = body.design()
        design = design.model_copy(update={"base": datasets.resolved(session, design.base)})
        found = checked_arms(session, design, settings.max_study_jobs, settings.max_parameters)
    plan, repetition, now = studies.planned(found), Repetition.of(idempotency_key, "study", body), time.time()
    with dataset_at(BASE_DATASET), database.write() as session:
        made = repetition.made(session)
        if made is None:
            study = studies.create(
                session, design, plan, name=body.name, preset=body.preset, tags=body.tags, priority=body.priority,
                now=now,
            )  # fmt: skip
            repetition.remember(session, now, study_id=study.id)
        else:
            study = studies.get(session, made)
        return _accepted(study_out(studies.view(session, study)), response)


@router.get("/v1/studies", response_model=StudyPage, responses=answers(422))
def list_studies(
    database: DatabaseOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Cursor = None,
) -> StudyPage:
    """Studies, newest first."""
    with database.read() as session:
        return StudyPage.of(studies.page(session, limit=limit, after=after).map(study_out))


@router.get("/v1/studies/{study_id}", response_model=StudyOut, responses=answers(404, 422))
def read_study(study_id: str, database: DatabaseOf) -> StudyOut:
    with database.read() as session:
        return study_out(studies.view(session, studies.get(session, study_id)))


@router.patch(
    "/v1/studies/{study_id}",
    status_code=202,
    response_model=StudyOut,
    responses=answers(400, 404, 409, 413, 415, 422),
    dependencies=[Depends(require_json)],
)
def grow_study(study_id: str, body: Growth, response: Response, database: DatabaseOf, settings: SettingsOf) -> StudyOut:
    """More seeds for every arm; what ran is kept."""
    with dataset_at(BASE_DATASET), database.read() as session:
        design = studies.design_of(studies.get(session, study_id)).model_copy(update={"seeds": body.seeds})
        found = checked_arms(session, design, settings.max_study_jobs, settings.max_parameters)
    plan = studies.planned(found)
    with dataset_at(BASE_DATASET), database.write() as session:
        study = studies.grow(session, study_id, plan, body.seeds, now=time.time())
        return _accepted(study_out(studies.view(session, study)), response)


@router.post(
    "/v1/studies/{study_id}/cancel", status_code=202, response_model=StudyOut, responses=answers(404, 409, 422)
)
def cancel_study(study_id: str, response: Response, database: DatabaseOf) -> StudyOut:
    """Cancels the runs that are queued or running; what has finished stays and can be compared."""
    with database.write() as session:
        study = studies.cancel(session, study_id, now=time.time())
        return _accepted(study_out(studies.view(session, study)), response)


@router.delete("/v1/studies/{study_id}", status_code=204, responses=answers(404, 409, 422))
def delete_study(study_id: str, database: DatabaseOf) -> None:
    """Deletes a study that has ended with all its jobs."""
    with database.write() as session:
        studies.remove(session, study_id)


@router.get("/v1/studies/{study_id}/comparison", responses=answers(404, 422))
def compare_arms(study_id: str, database: DatabaseOf, analysis: AnalysisOf, question: Asked) -> Response:
    """The arms' curves and figures with intervals, each arm against its baseline, paired by seed, and what else is
    asked."""
    return Response(_document(study_id, database, analysis, question, "json"), media_type="application/json")


def _document(
    study_id: str, database: Database, analysis: Analysis, question: Question, format: DocumentFormat
) -> bytes:
    with database.read() as session:
        studies.get(session, study_id)
        version = studies.version(session, study_id)
    return analysis.document(database.url, study_id, version, question, format)


REPORT_MEDIA_TYPES: dict[ReportFormat, str] = {
    "html": "text/html",
    "md": "text/markdown",
    "csv": "text/csv",
    "png": "image/png",
}


@router.get(
    "/v1/studies/{study_id}/report",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in REPORT_MEDIA_TYPES.values()}}, **answers(404, 422)},
)
def report(
    study_id: str,
    database: DatabaseOf,
    analysis: AnalysisOf,
    question: Asked,
    format: ReportFormat = "html",
) -> Response:
    """Curves with bands, the table, the findings, specs, versions and seeds: enough to reproduce the study."""
    data = _document(study_id, database, analysis, question, format)
    headers = {"Content-Disposition": f'inline; filename="{study_id}.{format}"'}
    return Response(data, media_type=REPORT_MEDIA_TYPES[format], headers=headers)


@router.get("/v1/presets", response_model=list[Preset], responses=answers())
def list_presets() -> list[Preset]:
    """The published experiments that ship with the service."""
    return list(presets().values())


def _accepted(study: StudyOut, response: Response) -> StudyOut:
    accepted(response, f"/v1/studies/{study.id}")
    return study
