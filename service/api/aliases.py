"""Routes that name models: aliases under /v1/models."""

import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from service import aliases
from service.api.dependencies import DatabaseOf, PredictorOf, require_json
from service.api.problems import answers
from service.tables import Alias

router = APIRouter(prefix="/v1/models", tags=["models"])


class AliasIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    job_id: str = Field(min_length=1, max_length=64, description="a succeeded job")
    label: str | None = Field(None, description="a name for the new version, like 'stable'; it leaves an older one")


class VersionOut(BaseModel):
    version: int
    job_id: str
    label: str | None
    created_at: datetime


class AliasOut(BaseModel):
    """`version` and `job_id` are what the bare name means; `versions` has the newest first."""

    name: str
    version: int
    job_id: str
    versions: list[VersionOut]


class AliasPage(BaseModel):
    data: list[AliasOut]
    has_more: bool
    next: str | None


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
        pointed = aliases.point(session, alias, body.job_id, label=body.label, now=time.time())
        out = _alias_out(pointed)
    predictor.forget()
    response.status_code = 201 if len(out.versions) == out.version == 1 else 200
    return out


@router.get("", response_model=AliasPage, responses=answers(422))
def list_aliases(
    database: DatabaseOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    after: Annotated[str | None, Query(max_length=64, description="`next` of the page before")] = None,
) -> AliasPage:
    """Aliases with their versions, newest alias first. Every succeeded job is a model, too, named by its id."""
    with database.read() as session:
        found, has_more = aliases.page(session, limit=limit, after=after)
        data = [_alias_out(alias) for alias in found]
    return AliasPage(data=data, has_more=has_more, next=found[-1].id if has_more else None)


@router.delete("/{alias}", status_code=204, responses=answers(404, 422))
def delete_alias(alias: str, database: DatabaseOf, predictor: PredictorOf) -> None:
    """Deletes a name; the jobs and their models stay."""
    with database.write() as session:
        aliases.remove(session, alias)
    predictor.forget()


def _alias_out(alias: Alias) -> AliasOut:
    versions = [
        VersionOut(
            version=version.version,
            job_id=version.job_id,
            label=version.label,
            created_at=datetime.fromtimestamp(version.created_at, UTC),
        )
        for version in alias.versions
    ]
    return AliasOut(name=alias.name, version=alias.latest, job_id=versions[0].job_id, versions=versions)
