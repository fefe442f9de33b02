from pathlib import Path
from typing import Any

import pytest

from service.api.app import create_app
from service.api.schemas.jobs import JobIn
from service.dashboard.forms.json_schema import Definitions, Schema, bounds
from service.settings import Settings


@pytest.fixture
def described(tmp_path: Path) -> tuple[Schema, Definitions]:
    app = create_app(Settings(database=f"sqlite:///{tmp_path / 'unused.db'}"))
    named = app.openapi()["components"]["schemas"]
    return named["JobIn"], Definitions(named)


@pytest.mark.parametrize(
    "said",
    [
        {"dataset": {"name": "circles"}},
        {"dataset": {"name": "digits", "seed": 3}, "network": {"kind": "cnn", "conv_filters": [8]}, "epochs": 7},
        {"dataset": {"name": "moons"}, "optimizer": {"name": "adam", "beta_1": 0.5}, "early_stopping": {"patience": 1}},
        {"dataset": {"name": "circles"}, "batch_norm": {"placement": "none"}, "early_stopping": {}, "tags": {"a": "b"}},
    ],
)
def test_what_equals_a_default_is_left_out_and_the_spec_stays_the_same(
    described: tuple[Schema, Definitions], said: dict[str, Any]
) -> None:
    schema, definitions = described
    full = JobIn.model_validate(said)
    short = definitions.without_defaults(full.model_dump(mode="json"), schema)
    assert JobIn.model_validate(short) == full
    assert short == said or "network" in said  # pool_after is filled in from conv_filters


def test_variants_are_told_apart_and_open_ones_stand_for_the_names_there_are() -> None:
    asked = {"name": {"type": "string"}, "resample": {"type": "boolean"}}
    own = {"properties": {**asked, "sha256": {"type": "string", "readOnly": True}}}
    digits = {"properties": {"name": {"const": "digits"}, "seed": {"type": "integer"}}}
    tag, variants = Definitions({}).variants({"oneOf": [digits, own]}, ["penguins"])
    assert tag == "name"
    assert list(variants) == ["digits", "penguins"]
    assert variants["penguins"] == {"properties": asked}


def test_bounds_in_words() -> None:
    assert bounds({"minimum": 0.0, "exclusiveMaximum": 1.0}) == "0 to below 1"
    assert bounds({"exclusiveMinimum": 0.0, "maximum": 1e6}) == "above 0 to 1,000,000"
    assert bounds({"type": "string"}) == ""
