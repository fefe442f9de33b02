"""Studies as they come in and go out over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from bn_models.spec import TrainingSpec
from bn_models.spec.claims import Claim, Claims
from bn_models.spec.fields import Int
from bn_models.spec.settings import GivenArms, Grid, labels
from bn_models.spec.study import Design, Looks, settings_of_arms
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
    """Either ``base`` with its arms, or a ``preset``, of which ``seeds`` can be changed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    name: Text | None = None
    tags: Annotated[dict[TagKey, Text], Field(max_length=50)] = Field(default_factory=dict)
    priority: Annotated[Int, Field(ge=-1_000_000, le=1_000_000)] = 0
    preset: str | None = Field(None, description="name of a published experiment, see GET /v1/presets")
    base: TrainingSpec | None = None
    arms: GivenArms | None = Field(
        None,
        description="settings that move together, dotted paths into the spec and their values; each is combined with "
        "the whole grid",
    )
    grid: Grid | None = Field(
        None, description="dotted paths into the spec and the values of each: arms are the product"
    )
    seeds: Annotated[Int, Field(ge=1, le=10_000)] | None = Field(
        None, description="runs of each arm; default 10, or the last of the looks"
    )
    baseline: dict[str, Any] | None = Field(None, description="settings of the arm that others are compared with")
    looks: Looks | None = Field(
        None,
        description="numbers of seeds at which the study will be looked at: each look spends its share of the 5 % that "
        "anything is found where nothing is; the last is 'seeds'",
    )
    claims: Claims = Field([], description="what the runs are to decide; fixed from here on")

    @field_validator("looks")
    @classmethod
    def _up_to_all_seeds(cls, looks: list[int] | None, given: ValidationInfo) -> list[int] | None:
        seeds = given.data.get("seeds")
        if looks is not None and seeds is not None and looks[-1] != seeds:
            raise ValueError(f"the last look is at {looks[-1]} seeds and the study has {seeds}: it is at all of them")
        return looks

    @model_validator(mode="after")
    def _preset_or_base(self) -> "StudyIn":
        if (self.preset is None) == (self.base is None):
            raise ValueError("give exactly one of 'preset' and 'base'")
        if self.preset is not None and any(given is not None for given in (self.arms, self.grid, self.baseline)):
            raise ValueError("a preset has its own arms and baseline: leave yours out, or give 'base' instead")
        return self

    def design(self) -> Design:
        seeds = self.seeds or (self.looks[-1] if self.looks else None)
        if self.preset is not None:
            published = preset(self.preset)
            claims = [claim for claim in published.claims if isinstance(claim, Claim)]
            changed = {"seeds": seeds or published.design.seeds, "looks": self.looks, "claims": claims + self.claims}
            return published.design.model_copy(update=changed)
        assert self.base is not None
        return Design(
            base=self.base, arms=self.arms or [], grid=self.grid or {}, seeds=seeds or 10, baseline=self.baseline,
            looks=self.looks, claims=self.claims,
        )  # fmt: skip


def _fixed(value: Any) -> Any:
    raise ValueError("is fixed since the study was created: what is said after a run could be made to fit it")


Fixed = SkipJsonSchema[Annotated[None, BeforeValidator(_fixed)]]
"""What a study cannot change, named so that the answer says why."""


class Growth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seeds: Annotated[Int, Field(ge=1, le=10_000)] = Field(description="runs of each arm from now on; more than before")
    claims: Fixed = None
    looks: Fixed = None


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
    given_arms: list[dict[str, Any]] = Field(description="settings that move together: 'arms' as they were given")
    grid: dict[str, list[Any]]
    seeds: int
    sizes: list[int] = Field(description="numbers of seeds that the study has had, one after the other")
    baseline: dict[str, Any] | None
    looks: list[int] | None = Field(description="numbers of seeds at which it was to be looked at")
    claims: list[Claim]
    arms: list[ArmOut]
    counts: dict[str, int]
    progress: StudyProgress


class StudyPage(Page[StudyOut]):
    pass


def study_out(study: StudyView) -> StudyOut:
    design, summary, settings = study.design, study.summary, settings_of_arms(study.design)
    return StudyOut(
        id=study.id, name=study.name, preset=study.preset, tags=dict(study.tags), status=summary.status,
        created_at=time_out(study.created_at), finished_at=time_out(summary.finished_at),
        base=design.base.model_dump(mode="json"), given_arms=design.arms, grid=design.grid, seeds=design.seeds,
        sizes=list(study.sizes), baseline=design.baseline, looks=design.looks, claims=design.claims,
        arms=[
            ArmOut(settings=own, label=label, jobs=list(ids))
            for own, label, ids in zip(settings, labels(settings), summary.job_ids, strict=True)
        ],
        counts=dict(summary.counts), progress=StudyProgress(fraction=summary.fraction),
    )  # fmt: skip
