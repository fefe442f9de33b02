"""Whether what was sent can be accepted: sizes, and repetitions of the same request."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import orjson
from pydantic import BaseModel
from sqlalchemy.orm import Session

from bn_models.plan.architecture import plan
from bn_models.plan.shapes import PlanError, parameter_count
from bn_models.spec import TrainingSpec
from bn_models.spec.claims import check_claims
from bn_models.spec.settings import DesignError
from bn_models.spec.study import ArmDesign, Design, arms
from service.errors import Invalid, UnusableDataset
from service.store import datasets, idempotency


@dataclass(frozen=True)
class Repetition:
    """A request that may be sent again: its Idempotency-Key, if it has one, and its body's fingerprint."""

    key: str | None
    fingerprint: bytes

    @staticmethod
    def of(key: str | None, kind: str, body: BaseModel) -> "Repetition":
        """Bodies that mean the same have the same fingerprint."""
        return Repetition(key, kind.encode() + orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS))

    def made(self, session: Session) -> str | None:
        """The id of what the request made when it was sent before."""
        return idempotency.made_by(session, self.key, self.fingerprint) if self.key else None

    def remember(self, session: Session, now: float, *, job_id: str | None = None, study_id: str | None = None) -> None:
        if self.key:
            idempotency.remember(session, self.key, self.fingerprint, now=now, job_id=job_id, study_id=study_id)


def check_size(spec: TrainingSpec, limit: int) -> None:
    """Raises Invalid for a spec whose network cannot be built or has too many parameters."""
    try:
        parameters = parameter_count(plan(spec), spec.dataset.row_shape)
    except PlanError as error:
        raise Invalid.at(["body", "network"], str(error), f"network: {error}") from error
    if parameters > limit:
        message = f"the model would have {parameters:,} parameters; this server accepts {limit:,} at most"
        raise Invalid.at(["body", "network"], message, f"network: {message}")


DATASET, BASE_DATASET = ("body", "dataset"), ("body", "base", "dataset")
"""Where the dataset stands in the body of a job, and in that of a study."""


@contextmanager
def dataset_at(place: Sequence[str]) -> Iterator[None]:
    """Says where in the request the dataset stands that cannot be used."""
    try:
        yield
    except UnusableDataset as error:
        raise Invalid.at(place, error.reason, error.detail) from error


def checked_arms(session: Session, design: Design, most_jobs: int, most_parameters: int) -> list[ArmDesign]:
    """The arms with their datasets resolved. Raises Invalid for a design whose jobs would not all be accepted."""
    if design.arm_count * design.seeds > most_jobs:  # before the arms are made: there may be billions
        message = (
            f"{design.arm_count:,} arms x {design.seeds:,} seeds are more jobs than a study may have ({most_jobs:,})"
        )
        raise Invalid.at(["body", "grid"], message)
    try:
        found = [replace(arm, spec=_checked(session, arm.spec, most_parameters)) for arm in arms(design)]
        check_claims(design.claims, [arm.label for arm in found], [arm.spec for arm in found])
    except DesignError as error:
        raise Invalid.at(["body", *error.loc], str(error)) from error
    return found


def _checked(session: Session, spec: TrainingSpec, most_parameters: int) -> TrainingSpec:
    spec = datasets.resolved(session, spec)
    check_size(spec, most_parameters)
    return spec
