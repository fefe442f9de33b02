"""Aliases as they come in and go out over HTTP."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from service.api.schemas.common import Page, time_out
from service.store.aliases import AliasView


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


class AliasPage(Page[AliasOut]):
    pass


def alias_out(alias: AliasView) -> AliasOut:
    versions = [
        VersionOut(
            version=version.version,
            job_id=version.job_id,
            label=version.label,
            created_at=time_out(version.created_at),
        )
        for version in alias.versions
    ]
    return AliasOut(name=alias.name, version=alias.latest, job_id=versions[0].job_id, versions=versions)
