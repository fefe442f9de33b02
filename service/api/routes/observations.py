"""Routes under /v1/jobs that show how training goes: metrics, diagnostics, events."""

import asyncio
import csv
import io
from collections.abc import AsyncIterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from service.api.http.problems import answers
from service.api.routes.dependencies import DatabaseOf
from service.api.routes.jobs import POLL_SECONDS, read
from service.api.schemas.observations import DiagnosticColumns, MetricColumns
from service.database.engine import Database
from service.errors import NotFound
from service.store import diagnostics, job_queries, jobs

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.get(
    "/{job_id}/metrics",
    response_model=MetricColumns,
    response_model_exclude_unset=True,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **answers(404, 422)},
)
def read_metrics(
    job_id: str,
    database: DatabaseOf,
    format: Literal["json", "csv"] = "json",
    after: Annotated[int, Query(ge=0, lt=2**31, description="only epochs above this one")] = 0,
) -> Any:
    """The metrics of the epochs so far, in columns."""
    with database.read() as session:
        columns = job_queries.metric_columns(session, job_id, after)
    if format == "json":
        return columns
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return Response(text.getvalue(), media_type="text/csv")


@router.get(
    "/{job_id}/diagnostics",
    response_model=DiagnosticColumns,
    response_model_exclude_unset=True,
    responses=answers(404, 422),
)
def read_diagnostics(job_id: str, database: DatabaseOf) -> Any:
    """What happened inside, in columns: the epochs looked at so far. None of a job without `diagnostics: true`.

    Up to epoch 100 every epoch is looked at, up to 1,000 every tenth, and so on, and the last one.
    """
    with database.read() as session:
        return diagnostics.columns(session, jobs.get(session, job_id).id)


def _known(job_id: str, database: DatabaseOf) -> str:
    return read(database, job_id).id


@router.get("/{job_id}/events", response_class=EventSourceResponse, responses=answers(404, 422))
async def stream_events(
    job_id: Annotated[str, Depends(_known)],
    database: DatabaseOf,
    last_event_id: Annotated[int, Header(alias="Last-Event-ID", ge=0, lt=2**31)] = 0,
) -> AsyncIterable[ServerSentEvent]:
    """`status` and `epoch` events as they come, and at the end `done` with the job."""
    number = last_event_id
    while True:
        try:
            events, ended = await run_in_threadpool(_events_after, database, job_id, number)
        except NotFound:  # deleted meanwhile
            return
        for event in events:
            number = event.number
            yield ServerSentEvent(event=event.kind, id=str(number), data=event.data)
        if ended:
            job = await run_in_threadpool(read, database, job_id)
            yield ServerSentEvent(event="done", id=str(number), data=job.model_dump(mode="json"))
            return
        await asyncio.sleep(POLL_SECONDS)


def _events_after(database: Database, job_id: str, number: int) -> tuple[list[job_queries.Event], bool]:
    with database.read() as session:
        return job_queries.events_after(session, job_id, number)
