"""A study: one base spec, a grid of settings, the same seeds in every arm. Pydantic only."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any

from pydantic import Field, ValidationError

from bn_models.spec import TrainingSpec
from bn_models.spec_part import Part

Settings = dict[str, Any]
"""Dotted paths into a spec and their values, ``{"batch_norm.placement": "none"}``."""


Grid = Annotated[dict[str, Annotated[list[Any], Field(min_length=1, max_length=1000)]], Field(max_length=16)]
"""Dotted paths and the values that each takes."""


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


@dataclass(frozen=True)
class Arm:
    settings: Settings
    label: str
    spec: TrainingSpec
    """Of the arm's first seed."""
    baseline: int | None
    """Position of the arm it is compared with; None for a baseline itself."""

    def spec_of(self, run: int) -> TrainingSpec:
        """The spec of the arm's run number ``run`` (from 0)."""
        return self.spec.model_copy(update={"seed": self.spec.seed + run})


def arms(design: Design) -> list[Arm]:
    """Raises DesignError for a setting that no spec has, an invalid value, equal arms or an unknown baseline."""
    combinations = [dict(zip(design.grid, values, strict=True)) for values in product(*design.grid.values())]
    specs = [_spec(design.base, settings) for settings in combinations]
    for i, spec in enumerate(specs):
        if spec in specs[:i]:
            raise DesignError(
                ["grid"], f"arms {specs.index(spec)} and {i} of the grid are the same: {label(combinations[i])}"
            )
    if design.base.seed + design.seeds > 2**32:
        raise DesignError(["seeds"], "seeds go beyond 2**32 - 1")
    if "seed" in design.grid:
        raise DesignError(
            ["grid", "seed"], "seeds are not part of the grid: set 'seeds' to the number of runs of an arm"
        )
    baseline = _baseline(design)
    return [
        Arm(settings, label(settings), spec, _position({**settings, **baseline}, settings, combinations))
        for settings, spec in zip(combinations, specs, strict=True)
    ]


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
        *parents, last = path.split(".")
        part = full
        for parent in parents:
            part = part.get(parent) if isinstance(part, dict) else None  # type: ignore[assignment]
        if not isinstance(part, dict) or last not in part:
            raise DesignError(["grid", path], f"a spec with this base has no setting {path!r}")
        part[last] = value
    try:
        return TrainingSpec.model_validate(full)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DesignError(["grid", *settings], f"{label(settings)}: {where}: {first['msg']}") from error


def _baseline(design: Design) -> Settings:
    if design.baseline is None:
        return {path: values[0] for path, values in list(design.grid.items())[:1]}
    for path, value in design.baseline.items():
        if value not in design.grid.get(path, []):
            raise DesignError(
                ["baseline", path], f"{path} = {value!r} is not in the grid: a baseline is one of its arms"
            )
    return design.baseline


def _position(baseline: Settings, own: Settings, combinations: list[Settings]) -> int | None:
    return None if baseline == own else combinations.index(baseline)
