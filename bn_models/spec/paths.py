"""A spec's values by their paths, such as ``optimizer.momentum``."""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bn_models.spec.training import TrainingSpec

SHORTHANDS = {
    "dataset": "name",
    "network": "kind",
    "batch_norm": "placement",
    "optimizer": "name",
    "learning_rate_schedule": "name",
}
"""Parts of a spec that may be given by this field alone."""


def assignment(text: str) -> tuple[str, Any]:
    """``"optimizer.momentum=0.5"`` as path and value; values are JSON, or else text. ValueError: no such form."""
    path, equals, value = text.partition("=")
    if not equals or not all(path.split(".")):
        raise ValueError(f"{text!r} is not of the form key.path=value")
    try:
        return path, json.loads(value)
    except json.JSONDecodeError:
        return path, value


def changed(spec: Mapping[str, Any], changes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A copy of ``spec`` with each value at its path; parts given by name alone are written out where need be.

    ValueError: a path leads through something that has no fields.
    """
    result = copy.deepcopy(dict(spec))
    for path, value in changes:
        *parents, last = path.split(".")
        fields = result
        for parent in parents:
            fields[parent] = part = _full_form(parent, fields.get(parent))
            if not isinstance(part, dict):
                raise ValueError(f"{path}: {parent} is {json.dumps(part)} and has no fields")
            fields = part
        fields[last] = value
    return result


def replace(spec: dict[str, Any], path: str, value: Any) -> None:
    """Puts ``value`` in the place of the one at ``path``; KeyError: ``spec``, which is complete, has none there."""
    *parents, last = path.split(".")
    part: Any = spec
    for parent in parents:
        part = part.get(parent) if isinstance(part, dict) else None
    if not isinstance(part, dict) or last not in part:
        raise KeyError(path)
    part[last] = value


def value_at(spec: Mapping[str, Any], path: str) -> Any:
    """The value at ``path``; KeyError: ``spec``, which is complete, has none there."""
    part: Any = spec
    for name in path.split("."):
        if not isinstance(part, Mapping):
            raise KeyError(path)
        part = part[name]
    return part


def leads_to(path: str, place: Sequence[str | int]) -> bool:
    """Whether the parts of ``path`` are in ``place`` in this order: pydantic names the variants in between, too."""
    rest = iter(place)
    return all(part in rest for part in path.split("."))


def _full_form(name: str, value: Any) -> Any:
    if name in SHORTHANDS and isinstance(value, str):
        return {SHORTHANDS[name]: value}
    if name in SHORTHANDS and value is None:
        field = SHORTHANDS[name]
        default = getattr(TrainingSpec.model_fields[name].default, field, None)
        return {} if default is None else {field: default}
    return {} if value is None else value


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """``{"a": {"b": 1}}`` as ``{"a.b": 1}``."""
    found: dict[str, Any] = {}
    for key, value in nested.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found
