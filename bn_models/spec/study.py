"""A study: one base spec, arms of settings around it, the same seeds in every arm. Pydantic only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from bn_models.spec import paths
from bn_models.spec.baselines import positions
from bn_models.spec.claims import Claims
from bn_models.spec.fields import Part
from bn_models.spec.settings import DesignError, GivenArms, Grid, Settings, labels
from bn_models.spec.training import TrainingSpec

MOST_ARMS = 10_000
Seeds = Annotated[int, Field(strict=True, ge=1, le=10_000)]


def _increasing(looks: list[int]) -> list[int]:
    if any(later <= sooner for sooner, later in pairwise(looks)):
        raise ValueError("looks are numbers of seeds, each larger than the one before")
    return looks


Looks = Annotated[list[Seeds], Field(min_length=2, max_length=20), AfterValidator(_increasing)]
"""Numbers of seeds at which a study will be looked at."""


class Design(Part):
    """Arms are ``arms``, whose settings move together, times the product of the grid's lists; every arm runs seeds
    ``base.seed`` to ``base.seed + seeds - 1``.

    An arm is compared with the arm that has the ``baseline``'s settings and otherwise its own: with a grid of
    placements and learning rates and the baseline ``{"batch_norm.placement": "none"}``, each learning rate has its own
    baseline arm (:mod:`bn_models.spec.baselines`). ``looks`` and ``claims`` are said before the first run.
    """

    base: TrainingSpec
    arms: GivenArms = Field([])
    grid: Grid = Field(default_factory=dict)
    seeds: Seeds = 10
    baseline: Settings | None = None
    looks: Looks | None = None
    claims: Claims = Field([])

    @property
    def arm_count(self) -> int:
        """Without making the arms: a few short lists multiply to more than memory holds."""
        return count_of_arms(len(self.arms), [len(values) for values in self.grid.values()])


def count_of_arms(given: int, grid: Sequence[int]) -> int:
    """Of so many given arms and a grid with so many values of each path."""
    return max(1, given) * math.prod(grid)


@dataclass(frozen=True)
class ArmDesign:
    """One combination of settings, and the spec that its runs share but for the seed."""

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
    if design.base.seed + design.seeds > 2**32:
        raise DesignError(["seeds"], "seeds go beyond 2**32 - 1")
    _check_paths(design)
    combinations = settings_of_arms(design)
    named = labels(combinations)
    specs = [
        _spec(design, i, settings, name) for i, (settings, name) in enumerate(zip(combinations, named, strict=True))
    ]
    if (same := _repeated([spec.model_dump_json() for spec in specs])) is not None:
        first, second = same
        raise DesignError(
            ["arms"] if design.arms else ["grid"], f"arms {first} and {second} are the same: {named[second]}"
        )
    own = positions(design.base.model_dump(mode="json"), design.arms, design.grid, design.baseline)
    return [
        ArmDesign(settings, name, spec, None if position == i else position)
        for i, (settings, name, spec, position) in enumerate(zip(combinations, named, specs, own, strict=True))
    ]


def settings_of_arms(design: Design) -> list[Settings]:
    """Each arm's settings, in the order of :func:`arms`: enough to count and to label them, and no spec is made."""
    combinations = list(product(*design.grid.values()))
    return [
        given | dict(zip(design.grid, values, strict=True)) for given in design.arms or [{}] for values in combinations
    ]


def _check_paths(design: Design) -> None:
    seeds = "seeds are no setting of arms: set 'seeds' to the number of runs of an arm"
    if "seed" in design.grid:
        raise DesignError(["grid", "seed"], seeds)
    for i, settings in enumerate(design.arms):
        for path in settings:
            if path == "seed":
                raise DesignError(["arms", i, path], seeds)
            if path in design.grid:
                raise DesignError(["arms", i, path], f"{path} is in the grid, too: give it in one of them")


def _spec(design: Design, position: int, settings: Settings, name: str) -> TrainingSpec:
    """The spec of the arm at ``position``, called ``name``."""
    full: dict[str, Any] = design.base.model_dump(mode="json")
    given = position // math.prod(len(values) for values in design.grid.values())

    def place(at_fault: list[str]) -> list[str | int]:
        moving = [path for path in at_fault if path not in design.grid]
        return ["arms", given, *moving] if moving else ["grid", *at_fault]

    for path, value in settings.items():
        try:
            paths.replace(full, path, value)
        except KeyError:
            raise DesignError(place([path]), f"a spec with this base has no setting {path!r}") from None
    try:
        return TrainingSpec.model_validate(full)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        at_fault = [path for path in settings if paths.leads_to(path, first["loc"])] or list(settings)
        raise DesignError(place(at_fault), f"{name}: {where}: {first['msg']}") from error


def _repeated(keys: Sequence[str]) -> tuple[int, int] | None:
    seen: dict[str, int] = {}
    for i, key in enumerate(keys):
        if (first := seen.setdefault(key, i)) != i:
            return first, i
    return None
