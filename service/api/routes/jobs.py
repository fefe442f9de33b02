"""Routes under /v1/jobs."""

import asyncio
import logging
import time
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from bn_models.spec.network import Placement
from service.api.http.problems import answers
from service.api.routes.admission import DATASET, Repetition, check_size, dataset_at
from service.api.routes.dependencies import (
    Cursor,
    DatabaseOf,
    IdempotencyKey,
    PredictorOf,
    SettingsOf,
    accepted,
    require_json,
)
from service.api.schemas.jobs import JobIn, JobOut, JobPage, job_out
from service.database.engine import Database
from service.store import datasets, job_queries, jobs, models
from service.vocabulary import TERMINAL, JobStatus, ModelFormat

log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
POLL_SECONDS = 0.1
"""How often a held answer or an event stream looks for news."""


@router.post(
    "",
    status_code=202,
    response_model=JobOut,
    responses=answers(400, 413, 415, 422),
    dependencies=[Depends(require_json)],
)
def submit_job(
    body: JobIn, response: Response, database: DatabaseOf, settings: SettingsOf, idempotency_key: IdempotencyKey = None
) -> JobOut:
    """Queues a training job. Only `dataset` is required; `Location` is where to look for its progress."""
    repetition, now = Repetition.of(idempotency_key, "job", body), time.time()
    with dataset_at(DATASET), database.write() as session:
        made = repetition.made(session)
        if made is None:
            spec = datasets.resolved(session, body)
            check_size(spec, settings.max_parameters)
            job = jobs.submit(
                session,
                spec,
                name=body.name,
                tags=body.tags,
                priority=body.priority,
                max_seconds=body.max_seconds,
                now=now,
            )
            repetition.remember(session, now, job_id=job.id)
        else:
            job = jobs.get(session, made)
        out = job_out(job_queries.view(job))
    if made is None:
        log.info("job %s: queued", out.id, extra={"job_id": out.id})
    return _accepted(out, response)


@router.get("", response_model=JobPage, responses=answers(422))
def list_jobs(
    database: DatabaseOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Cursor = None,
    status: JobStatus | None = None,
    study: str | None = None,
    dataset: str | None = None,
    placement: Placement | None = None,
    activation: str | None = None,
    name: str | None = None,
    tag: Annotated[str | None, Query(pattern=r"^[^:]+:", description="key:value")] = None,
) -> JobPage:
    """Jobs, newest first."""
    key, _, value = (tag or "").partition(":")
    with database.read() as session:
        found = job_queries.page(
            session,
            limit=limit,
            after=after,
            tag=(key, value) if tag else None,
            status=status,
            study_id=study,
            dataset=dataset,
            placement=placement,
            activation=activation,
            name=name,
        )
    return JobPage.of(found.map(job_out))


@router.get("/{job_id}", response_model=JobOut, responses=answers(404, 422))
async def read_job(
    job_id: str,
    database: DatabaseOf,
    wait: Annotated[float, Query(ge=0, le=300, description="seconds to hold the answer until the job has ended")] = 0,
) -> JobOut:
    # Held answers must not hold the threads that serve everybody else: only each look takes one.
    deadline = time.monotonic() + wait
    while True:
        job = await run_in_threadpool(read, database, job_id)
        left = deadline - time.monotonic()
        if job.status in TERMINAL or left <= 0:
            return job
        await asyncio.sleep(min(POLL_SECONDS, left))


@router.post("/{job_id}/cancel", status_code=202, response_model=JobOut, responses=answers(404, 409, 422))
def cancel_job(job_id: str, response: Response, database: DatabaseOf) -> JobOut:
    """Ends a queued or running job; its trainer is gone within a second."""
    with database.write() as session:
        return _accepted(job_out(job_queries.view(jobs.cancel(session, job_id, now=time.time()))), response)


@router.post("/{job_id}/retry", status_code=202, response_model=JobOut, responses=answers(404, 409, 422))
def retry_job(job_id: str, response: Response, database: DatabaseOf) -> JobOut:
    """Queues a failed or cancelled job again; it goes on from its checkpoint."""
    with database.write() as session:
        return _accepted(job_out(job_queries.view(jobs.retry(session, job_id, now=time.time()))), response)


@router.delete("/{job_id}", status_code=204, responses=answers(404, 409, 422))
def delete_job(job_id: str, database: DatabaseOf, predictor: PredictorOf) -> None:
    """Deletes a job that has ended, with its metrics and its model; 409 while an alias means its model."""
    with database.write() as session:
        jobs.remove(session, job_id)
    predictor.forget()


@router.get(
    "/{job_id}/model",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "Not modified: the client has this model"},
        **answers(404, 409, 422, 503),
    },
)
def download_model(
    job_id: str,
    database: DatabaseOf,
    format: ModelFormat = "onnx",
    if_none_match: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> Response:
    """The inference-mode ONNX model, or the Keras original. `ETag` is the sha256 of the bytes."""
    with database.read() as session:
        stored = models.find(session, job_id, format)
        headers = {
            "ETag": f'"{stored.sha256}"',
            "Content-Disposition": f'attachment; filename="{job_id}.{format}"',
        }
        if if_none_match is not None and (if_none_match.strip() == "*" or headers["ETag"] in if_none_match):
            return Response(status_code=304, headers={"ETag": headers["ETag"]})
        data = models.data(session, stored.blob)
    return Response(data, media_type="application/octet-stream", headers=headers)


def _accepted(job: JobOut, response: Response) -> JobOut:
    accepted(response, f"/v1/jobs/{job.id}")
    return job


def read(database: Database, job_id: str) -> JobOut:
    with database.read() as session:
        return job_out(job_queries.view(jobs.get(session, job_id)))
