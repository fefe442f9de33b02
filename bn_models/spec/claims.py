"""What a study claims of its arms, said before its first run: data that its runs will support or contradict."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from bn_models.spec.fields import Part, Positive
from bn_models.spec.final_metrics import final_metrics
from bn_models.spec.settings import DesignError, listed
from bn_models.spec.training import TrainingSpec

OF_RUNS = ("epochs_to_threshold", "spread", "diverged", "seconds_per_step")
"""What a claim may be about apart from final metrics: of the runs of an arm, not of one model."""
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Label = Annotated[str, Field(max_length=10_000)]


class Claim(Part):
    """``arm`` has a higher or lower ``metric`` than ``against``, or an equal one within ``margin``; both are labels."""

    model_config = ConfigDict(serialize_by_alias=True)

    text: Words
    source: Words | None = None
    arm: Label = Field(description="label of an arm")
    against: Label = Field(description="label of the arm that it is compared with")
    metric: Annotated[str, Field(max_length=100)] = Field(
        description=f"a final metric that both arms record, accuracy_gap, {', '.join(OF_RUNS)}"
    )
    is_: Literal["higher", "lower", "equal"] = Field(alias="is")
    margin: Positive | None = Field(
        None,
        validate_default=True,
        description="the largest difference that is none, in the metric's unit; needed for equal, and otherwise the "
        "smallest that is worth showing",
    )

    @field_validator("margin")
    @classmethod
    def _equal_within(cls, margin: float | None, given: ValidationInfo) -> float | None:
        if margin is None and given.data.get("is_") == "equal":
            raise ValueError("'equal' needs a margin: no number of runs shows that two arms do not differ at all")
        return margin


Claims = Annotated[list[Claim], Field(max_length=200)]


def check_claims(claims: Sequence[Claim], labels: Sequence[str], specs: Sequence[TrainingSpec]) -> None:
    """Raises DesignError for a claim about an arm or a metric that there is none of; each arm has a label and a spec,
    whose dataset has been resolved."""
    spec_of = dict(zip(labels, specs, strict=True))
    for i, claim in enumerate(claims):
        for name, label in (("arm", claim.arm), ("against", claim.against)):
            if label not in spec_of:
                raise DesignError(["claims", i, name], f"there is no arm {label!r}: arms are {listed(labels)}")
        if claim.arm == claim.against:
            raise DesignError(["claims", i, "against"], f"{claim.arm!r} is claimed to differ from itself")
        both = [claimable(spec_of[label]) for label in (claim.arm, claim.against)]
        names = [name for name in both[0] if name in both[1]]
        if claim.metric not in names:
            raise DesignError(
                ["claims", i, "metric"], f"these arms record no {claim.metric!r}: metrics are {', '.join(names)}"
            )


def claimable(spec: TrainingSpec) -> list[str]:
    """The metrics that a claim about runs of ``spec`` may be about."""
    return [*final_metrics(spec), *OF_RUNS]
