"""Which arm each arm of a study is compared with."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from bn_models.spec import paths
from bn_models.spec.settings import DesignError, Grid, Settings, labels, listed

_NOT_THERE = object()


def positions(base: Mapping[str, Any], given: Sequence[Settings], grid: Grid, baseline: Settings | None) -> list[int]:
    """For each arm, in the order of ``given`` x ``grid``, the position of its baseline; a baseline's own is its own.

    An arm's baseline has the settings of ``baseline`` and otherwise the arm's own. Among given arms, whose settings
    move together, there may be none: then it is the one with these settings that has most of the arm's own. Left out,
    the baseline is the first given arm, or without any the first value of the grid's first entry.

    ``base``: JSON of a full spec. Raises DesignError for a baseline that is none of the arms.
    """
    given = given or [{}]
    own = [0] * len(given)
    wanted: Settings = {}
    if baseline is not None:
        own = _own(base, given, {path: value for path, value in baseline.items() if path not in grid}, grid)
        wanted = {path: value for path, value in baseline.items() if path in grid}
    elif len(given) == 1:
        wanted = {path: values[0] for path, values in list(grid.items())[:1]}
    fixed = [_index(path, values, wanted[path]) if path in wanted else None for path, values in grid.items()]
    places = list(product(range(len(given)), *(range(len(values)) for values in grid.values())))
    position = {place: i for i, place in enumerate(places)}
    return [
        position[own[arm], *(i if at is None else at for i, at in zip(place, fixed, strict=True))]
        for arm, *place in places
    ]


def _index(path: str, values: Sequence[Any], value: Any) -> int:
    if value not in values:
        raise DesignError(
            ["baseline", path],
            f"{path} = {value!r} is not in the grid, which has {listed([repr(one) for one in values])}: "
            "a baseline is one of its arms",
        )
    return values.index(value)


def _own(base: Mapping[str, Any], given: Sequence[Settings], wanted: Settings, grid: Grid) -> list[int]:
    """For each given arm the position of the one among them that is its baseline."""
    setting = dict.fromkeys([*(path for settings in given for path in settings), *grid])
    for path, value in wanted.items():
        if path not in setting:
            raise DesignError(
                ["baseline", path],
                f"{path} = {value!r} is not in the grid: no arm sets it, they set {listed(list(setting)) or 'nothing'}",
            )
    full = [{path: settings.get(path, _of_base(base, path)) for path in {**settings, **wanted}} for settings in given]
    having = [i for i, settings in enumerate(full) if all(settings[path] == value for path, value in wanted.items())]
    if not having:
        raise DesignError(
            ["baseline", *(list(wanted) if len(wanted) == 1 else [])],
            f"no arm has {labels([wanted])[0]}: a baseline is one of the arms, {listed(labels(given))}",
        )
    return [i if i in having else max(having, key=_likeness(full, {**full[i], **wanted})) for i in range(len(given))]


def _likeness(full: Sequence[Settings], settings: Settings) -> Any:
    """Key of an arm: how many of ``settings`` it has, then how few others; the greatest is the most alike."""
    return lambda i: (
        sum(full[i].get(path, _NOT_THERE) == value for path, value in settings.items()), -len(full[i])
    )  # fmt: skip


def _of_base(base: Mapping[str, Any], path: str) -> Any:
    try:
        return paths.value_at(base, path)
    except KeyError:
        return _NOT_THERE
