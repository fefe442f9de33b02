"""Routes that name models: aliases under /v1/models."""

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.api.http.problems import answers
from service.api.routes.dependencies import DatabaseOf, PredictorOf, require_json
from service.api.schemas.aliases import AliasIn, AliasOut, AliasPage, alias_out
from service.store import aliases

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.put(
    "/{alias}",
    response_model=AliasOut,
    responses={201: {"model": AliasOut, "description": "the alias is new"}, **answers(400, 404, 409, 413, 415, 422)},
    dependencies=[Depends(require_json)],
)
def point_alias(
    alias: str, body: AliasIn, response: Response, database: DatabaseOf, predictor: PredictorOf
) -> AliasOut:
    """Makes a name mean the model of a job, as its next version. Requests in flight get the old or the new one."""
    with database.write() as session:
        pointed, created = aliases.point(session, alias, body.job_id, label=body.label, now=time.time())
        out = alias_out(pointed)
    predictor.forget()
    response.status_code = 201 if created else 200
    return out


@router.get("", response_model=AliasPage, responses=answers(422))
def list_aliases(
    database: DatabaseOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
) -> AliasPage:
    """Aliases with their versions, newest alias first. Every succeeded job is a model, too, named by its id."""
    with database.read() as session:
        return AliasPage.of(aliases.page(session, limit=limit, after=after).map(alias_out))


@router.delete("/{alias}", status_code=204, responses=answers(404, 422))
def delete_alias(alias: str, database: DatabaseOf, predictor: PredictorOf) -> None:
    """Deletes a name; the jobs and their models stay."""
    with database.write() as session:
        aliases.remove(session, alias)
    predictor.forget()
