"""The settings that make an arm: dotted paths into a spec and their values, and what an arm is called by them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

Settings = dict[str, Any]
"""Dotted paths into a spec and their values, ``{"batch_norm.placement": "none"}``."""

Grid = Annotated[dict[str, Annotated[list[Any], Field(min_length=1, max_length=1000)]], Field(max_length=16)]
"""Dotted paths and the values that each takes."""

GivenArms = Annotated[list[Annotated[Settings, Field(max_length=16)]], Field(max_length=1000)]
"""Settings that move together."""

MOST_LISTED = 30


class DesignError(Exception):
    """A study that cannot be run; ``loc`` is where in the study, the message says why."""

    def __init__(self, loc: list[str | int], message: str) -> None:
        super().__init__(message)
        self.loc = loc


def labels(arms: Sequence[Settings]) -> list[str]:
    """``placement=none, learning_rate=0.1``: the last part of each path and its value; of an object its own fields.

    A path whose last part is that of another, too, is named in full: ``optimizer.momentum=0.9``.
    """
    paths = dict.fromkeys(path for settings in arms for path in settings)
    ends = Counter(_end(path) for path in paths)
    names = {path: _end(path) if ends[_end(path)] == 1 else path for path in paths}
    return [_label(settings, names) for settings in arms]


def listed(names: Sequence[str]) -> str:
    """``names`` for a message; of many the first."""
    more = f" and {len(names) - MOST_LISTED:,} more" if len(names) > MOST_LISTED else ""
    return "; ".join(names[:MOST_LISTED]) + more


def _label(settings: Settings, names: Mapping[str, str]) -> str:
    named = []
    for path, value in settings.items():
        own = value if isinstance(value, Mapping) else {names[path]: value}
        named += [f"{name}={_plain(part)}" for name, part in own.items()]
    return ", ".join(named) or "base"


def _end(path: str) -> str:
    return path.rpartition(".")[2]


def _plain(value: Any) -> str:
    return "-".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)
