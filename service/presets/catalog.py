"""The published experiments as ready studies: one JSON file each beside this module."""

from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from bn_models.spec.claims import Claim
from bn_models.spec.study import Design
from service.errors import NotFound


class Published(BaseModel):
    """A figure of the source, as printed there."""

    model_config = ConfigDict(extra="forbid")

    arm: str
    metric: str
    value: float
    note: str = ""


class Preset(BaseModel):
    """``name`` is the file's; ``published`` are the source's figures, shown beside ours in a report.

    Of ``claims`` a study of it has those that are data, words are only shown.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    title: str
    source: str
    question: str
    threshold: float
    published: list[Published] = []
    claims: list[str | Claim] = []
    design: Design


@cache
def presets() -> dict[str, Preset]:
    found = [file for file in files("service.presets").iterdir() if file.name.endswith(".json")]
    return {preset.name: preset for preset in sorted(map(_read, found), key=lambda preset: preset.name)}


def preset(name: str) -> Preset:
    """Raises NotFound, which names those there are."""
    if name not in presets():
        raise NotFound(f"there is no preset {name!r}: presets are {', '.join(presets())}")
    return presets()[name]


def _read(file: Any) -> Preset:
    return Preset.model_validate_json(file.read_text())
