"""The route that compares runs which were trained elsewhere. Nothing is stored."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from service.analysis.external_question import ExternalQuestion
from service.analysis.external_runs import ExternalRuns
from service.api.http import bodies
from service.api.http.problems import answers
from service.api.routes.dependencies import AnalysisOf, SettingsOf
from service.api.routes.studies import REPORT_MEDIA_TYPES
from service.api.schemas.comparisons import RunsIn, RunsQuery
from service.errors import Invalid, UnsupportedMediaType

router = APIRouter(tags=["studies"])
CSV, JSON = "text/csv", "application/json"
MEDIA_TYPES: Mapping[str, str] = {"json": JSON, **{str(format): kind for format, kind in REPORT_MEDIA_TYPES.items()}}
BODY = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": RunsIn.model_json_schema()}, CSV: {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/v1/comparisons",
    response_class=Response,
    openapi_extra=BODY,
    responses={
        200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}},
        **answers(400, 413, 415, 422),
    },
)
async def compare_runs(
    request: Request, analysis: AnalysisOf, settings: SettingsOf, query: Annotated[RunsQuery, Query()]
) -> Response:
    """The statistics of a study for runs that were trained elsewhere: columns in JSON with the question beside them, or
    a CSV with the question in the query."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in (JSON, CSV):
        raise UnsupportedMediaType(f"the body has Content-Type {declared or 'missing'!r}; send {JSON} or {CSV}")
    encoding, limit = request.headers.get("content-encoding", ""), settings.max_comparison_bytes
    try:
        body = b"".join([chunk async for chunk in bodies.unpacked(request.stream(), encoding, limit)])
    except ClientDisconnect as error:
        raise HTTPException(400, "the body ended early") from error
    made = await run_in_threadpool(lambda: analysis.of_external(_runs(declared, body, query), query.format))
    headers = {} if query.format == "json" else {"Content-Disposition": f'inline; filename="comparison.{query.format}"'}
    return Response(made, media_type=MEDIA_TYPES[query.format], headers=headers)


def _runs(declared: str, body: bytes, query: RunsQuery) -> ExternalRuns:
    if declared == CSV:
        return ExternalRuns(body, ExternalQuestion(**query.model_dump(exclude={"format"})))
    if asked := sorted(query.model_fields_set - {"format"}):
        raise Invalid.at(["query", asked[0]], f"{asked[0]}: beside columns in JSON it is a member of the body")
    try:
        sent = RunsIn.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in wrong]) from error
    return ExternalRuns(sent.columns, ExternalQuestion(**sent.model_dump(exclude={"columns"})))
