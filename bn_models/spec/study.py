"""A study: one base spec, a grid of settings, the same seeds in every arm. Pydantic only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bn_models.spec import paths
from bn_models.spec.fields import Part
from bn_models.spec.training import TrainingSpec

Settings = dict[str, Any]
"""Dotted paths into a spec and their values, ``{"batch_norm.placement": "none"}``."""


Grid = Annotated[dict[str, Annotated[list[Any], Field(min_length=1, max_length=1000)]], Field(max_length=16)]
"""Dotted paths and the values that each takes."""

MOST_ARMS = 10_000


class DesignError(Exception):
    """The grid does not make valid specs; ``loc`` is where in the study, the message says why."""

    def __init__(self, loc: list[str | int], message: str) -> None:
        super().__init__(message)
        self.loc = loc


class Design(Part):
    """Arms are the product of the grid's lists; every arm runs seeds ``base.seed`` to ``base.seed + seeds - 1``.

    An arm is compared with the arm that has the ``baseline``'s settings and otherwise its own: with a grid of
    placements and learning rates and the baseline ``{"batch_norm.placement": "none"}``, each learning rate has its own
    baseline arm. Left out, the baseline is the first value of the grid's first entry.
    """

    base: TrainingSpec
    grid: Grid = Field(default_factory=dict)
    seeds: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 10
    baseline: Settings | None = None

    @property
    def arm_count(self) -> int:
        """Without making the arms: a few short lists multiply to more than memory holds."""
        return math.prod(len(values) for values in self.grid.values())


@dataclass(frozen=True)
class ArmDesign:
    """One combination of the grid, and the spec that its runs share but for the seed."""

    settings: Settings
    label: str
    spec: TrainingSpec
    """The spec of the arm's first seed."""
    baseline: int | None
    """Position of the arm it is compared with; None for a baseline itself."""

    def spec_of(self, run: int) -> TrainingSpec:
        """The spec of the arm's run number ``run`` (from 0)."""
        return self.spec.model_copy(update={"seed": self.spec.seed + run})


def arms(design: Design) -> list[ArmDesign]:
    """Raises DesignError for too many arms, a setting that no spec has, an invalid value, equal arms or an unknown
    baseline."""
    if design.arm_count > MOST_ARMS:
        raise DesignError(["grid"], f"a grid of {design.arm_count:,} arms: a study has at most {MOST_ARMS:,}")
    combinations = settings_of_arms(design)
    specs = [_spec(design.base, settings) for settings in combinations]
    if (same := _repeated([spec.model_dump_json() for spec in specs])) is not None:
        first, second = same
        raise DesignError(
            ["grid"], f"arms {first} and {second} of the grid are the same: {label(combinations[second])}"
        )
    if design.base.seed + design.seeds > 2**32:
        raise DesignError(["seeds"], "seeds go beyond 2**32 - 1")
    if "seed" in design.grid:
        raise DesignError(
            ["grid", "seed"], "seeds are not part of the grid: set 'seeds' to the number of runs of an arm"
        )
    return [
        ArmDesign(settings, label(settings), spec, None if own == i else own)
        for i, (settings, spec, own) in enumerate(zip(combinations, specs, _positions(design), strict=True))
    ]


def settings_of_arms(design: Design) -> list[Settings]:
    """Each arm's settings, in the order of :func:`arms`: enough to count and to label them, and no spec is made."""
    return [dict(zip(design.grid, values, strict=True)) for values in product(*design.grid.values())]


def label(settings: Settings) -> str:
    """``placement=none, learning_rate=0.1``: the last part of each path and its value; of an object its own fields."""
    named = []
    for path, value in settings.items():
        own = value if isinstance(value, Mapping) else {path.rpartition(".")[2]: value}
        named += [f"{name}={_plain(part)}" for name, part in own.items()]
    return ", ".join(named) or "base"


def _plain(value: Any) -> str:
    return "-".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)


def _spec(base: TrainingSpec, settings: Settings) -> TrainingSpec:
    full: dict[str, Any] = base.model_dump(mode="json")
    for path, value in settings.items():
        try:
            paths.replace(full, path, value)
        except KeyError:
            raise DesignError(["grid", path], f"a spec with this base has no setting {path!r}") from None
    try:
        return TrainingSpec.model_validate(full)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        at_fault = [path for path in settings if paths.leads_to(path, first["loc"])] or settings
        raise DesignError(["grid", *at_fault], f"{label(settings)}: {where}: {first['msg']}") from error


def _baseline(design: Design) -> Settings:
    if design.baseline is None:
        return {path: values[0] for path, values in list(design.grid.items())[:1]}
    for path, value in design.baseline.items():
        if value not in design.grid.get(path, []):
            raise DesignError(
                ["baseline", path], f"{path} = {value!r} is not in the grid: a baseline is one of its arms"
            )
    return design.baseline


def _positions(design: Design) -> list[int]:
    """For each arm the position of its baseline."""
    baseline = _baseline(design)
    fixed = [values.index(baseline[path]) if path in baseline else None for path, values in design.grid.items()]
    places = list(product(*(range(len(values)) for values in design.grid.values())))
    position = {place: i for i, place in enumerate(places)}
    return [position[tuple(i if at is None else at for i, at in zip(place, fixed, strict=True))] for place in places]


def _repeated(keys: Sequence[str]) -> tuple[int, int] | None:
    seen: dict[str, int] = {}
    for i, key in enumerate(keys):
        if (first := seen.setdefault(key, i)) != i:
            return first, i
    return None
