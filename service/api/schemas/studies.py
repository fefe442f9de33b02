"""Studies as they come in and go out over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bn_models.spec import TrainingSpec
from bn_models.spec.fields import Int
from bn_models.spec.study import Design, Grid, label, settings_of_arms
from service.api.schemas.common import Page, TagKey, Text, time_out
from service.presets.catalog import preset
from service.store.studies import StudyView
from service.vocabulary import StudyStatus

EXAMPLE: dict[str, Any] = {
    "name": "placements on circles",
    "base": {"dataset": "circles", "epochs": 100},
    "grid": {"batch_norm.placement": ["none", "before_activation", "after_activation"]},
    "seeds": 10,
    "baseline": {"batch_norm.placement": "none"},
}


class StudyIn(BaseModel):
    """Either ``base`` with its grid, or a ``preset``, of which ``seeds`` can be changed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    name: Text | None = None
    tags: Annotated[dict[TagKey, Text], Field(max_length=50)] = Field(default_factory=dict)
    priority: Annotated[Int, Field(ge=-1_000_000, le=1_000_000)] = 0
    preset: str | None = Field(None, description="name of a published experiment, see GET /v1/presets")
    base: TrainingSpec | None = None
    grid: Grid | None = Field(
        None, description="dotted paths into the spec and the values of each: arms are the product"
    )
    seeds: Annotated[Int, Field(ge=1, le=10_000)] | None = Field(None, description="runs of each arm; default 10")
    baseline: dict[str, Any] | None = Field(None, description="settings of the arm that others are compared with")

    @model_validator(mode="after")
    def _preset_or_base(self) -> "StudyIn":
        if (self.preset is None) == (self.base is None):
            raise ValueError("give exactly one of 'preset' and 'base'")
        if self.preset is not None and (self.grid is not None or self.baseline is not None):
            raise ValueError("a preset has its own 'grid' and 'baseline': leave them out, or give 'base' instead")
        return self

    def design(self) -> Design:
        if self.preset is not None:
            own = preset(self.preset).design
            return own if self.seeds is None else own.model_copy(update={"seeds": self.seeds})
        assert self.base is not None
        return Design(base=self.base, grid=self.grid or {}, seeds=self.seeds or 10, baseline=self.baseline)


class Growth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seeds: Annotated[Int, Field(ge=1, le=10_000)] = Field(description="runs of each arm from now on; more than before")


class ArmOut(BaseModel):
    settings: dict[str, Any]
    label: str
    jobs: list[str]


class StudyProgress(BaseModel):
    fraction: float


class StudyOut(BaseModel):
    id: str
    name: str | None
    preset: str | None
    tags: dict[str, str]
    status: StudyStatus
    created_at: datetime
    finished_at: datetime | None
    base: dict[str, Any]
    grid: dict[str, list[Any]]
    seeds: int
    baseline: dict[str, Any] | None
    arms: list[ArmOut]
    counts: dict[str, int]
    progress: StudyProgress


class StudyPage(Page[StudyOut]):
    pass


def study_out(study: StudyView) -> StudyOut:
    design, summary = study.design, study.summary
    return StudyOut(
        id=study.id, name=study.name, preset=study.preset, tags=dict(study.tags), status=summary.status,
        created_at=time_out(study.created_at), finished_at=time_out(summary.finished_at),
        base=design.base.model_dump(mode="json"), grid=design.grid, seeds=design.seeds, baseline=design.baseline,
        arms=[
            ArmOut(settings=settings, label=label(settings), jobs=list(ids))
            for settings, ids in zip(settings_of_arms(design), summary.job_ids, strict=True)
        ],
        counts=dict(summary.counts), progress=StudyProgress(fraction=summary.fraction),
    )  # fmt: skip
