"""Whether what was sent can be accepted: sizes, and repetitions of the same request."""

from dataclasses import replace

import orjson
from pydantic import BaseModel
from sqlalchemy.orm import Session

from bn_models.plan.architecture import plan
from bn_models.plan.shapes import PlanError, parameter_count
from bn_models.spec import TrainingSpec
from bn_models.spec.study import Arm, Design, DesignError, arms
from service.errors import Invalid
from service.store import datasets


def fingerprint_of(kind: str, body: BaseModel) -> bytes:
    """The same for bodies that mean the same."""
    return kind.encode() + orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)


def check_size(spec: TrainingSpec, limit: int) -> None:
    """Raises Invalid for a spec whose network cannot be built or has too many parameters."""
    try:
        parameters = parameter_count(plan(spec), spec.dataset.row_shape)
    except PlanError as error:
        raise Invalid(f"network: {error}", [{"loc": ["body", "network"], "msg": str(error)}]) from error
    if parameters > limit:
        message = f"the model would have {parameters:,} parameters; this server accepts {limit:,} at most"
        raise Invalid(f"network: {message}", [{"loc": ["body", "network"], "msg": message}])


BASE_DATASET = ("body", "base", "dataset")


def checked_arms(session: Session, design: Design, most_jobs: int, most_parameters: int) -> list[Arm]:
    """The arms with their datasets resolved. Raises Invalid for a design whose jobs would not all be accepted."""
    if design.arm_count * design.seeds > most_jobs:  # before the arms are made: there may be billions
        message = (
            f"{design.arm_count:,} arms x {design.seeds:,} seeds are more jobs than a study may have ({most_jobs:,})"
        )
        raise Invalid(message, [{"loc": ["body", "grid"], "msg": message}])
    try:
        found = arms(design)
    except DesignError as error:
        raise Invalid(str(error), [{"loc": ["body", *error.loc], "msg": str(error)}]) from error
    return [replace(arm, spec=_checked(session, arm.spec, most_parameters)) for arm in found]


def _checked(session: Session, spec: TrainingSpec, most_parameters: int) -> TrainingSpec:
    spec = datasets.resolved(session, spec, BASE_DATASET)
    if spec.regression:
        message = f"studies compare accuracies, and {spec.dataset.name} is regression: submit jobs instead"
        raise Invalid(message, [{"loc": list(BASE_DATASET), "msg": message}])
    check_size(spec, most_parameters)
    return spec
