from typing import Any

import pytest

from bn_models.spec import TrainingSpec
from bn_models.spec.paths import assignment, changed, flat, leads_to, replace


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("epochs=3", "epochs", 3),
        ("network.hidden_units=[50, 50]", "network.hidden_units", [50, 50]),
        ("batch_norm.on_input=true", "batch_norm.on_input", True),
        ("name=a=b", "name", "a=b"),
        ("early_stopping=null", "early_stopping", None),
    ],
)
def test_values_are_json_or_else_text(text: str, path: str, value: Any) -> None:
    assert assignment(text) == (path, value)


@pytest.mark.parametrize("text", ["epochs", "=3", "a..b=3"])
def test_what_is_no_assignment_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        assignment(text)


@pytest.mark.parametrize(
    ("spec", "changes", "expected"),
    [
        ({}, [("dataset.name", "circles")], {"dataset": {"name": "circles"}}),
        ({"dataset": "circles"}, [("dataset.noise", 0.2)], {"dataset": {"name": "circles", "noise": 0.2}}),
        ({}, [("optimizer.momentum", 0.5)], {"optimizer": {"name": "sgd", "momentum": 0.5}}),
        ({}, [("network.hidden_units", [9])], {"network": {"kind": "mlp", "hidden_units": [9]}}),
        ({}, [("early_stopping.patience", 2)], {"early_stopping": {"patience": 2}}),
        (
            {"batch_norm": "none"},
            [("batch_norm.placement", "after_activation")],
            {"batch_norm": {"placement": "after_activation"}},
        ),
    ],
)
def test_parts_are_written_out_where_need_be(
    spec: dict[str, Any], changes: list[tuple[str, Any]], expected: dict[str, Any]
) -> None:
    before = repr(spec)
    assert changed(spec, changes) == expected
    assert repr(spec) == before
    TrainingSpec.model_validate({"dataset": "circles", **expected})


def test_a_path_through_a_number_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"a\.b: a is 3"):
        changed({"a": 3}, [("a.b", 1)])


def test_paths_of_nested_values() -> None:
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e": [3]}) == {"a.b": 1, "a.c.d": 2, "e": [3]}


def test_only_what_is_there_is_replaced() -> None:
    spec: dict[str, Any] = {"epochs": 1, "optimizer": {"momentum": 0.9}}
    replace(spec, "optimizer.momentum", 0.5)
    assert spec == {"epochs": 1, "optimizer": {"momentum": 0.5}}
    for path in ("x", "optimizer.x", "epochs.x", "x.y"):
        with pytest.raises(KeyError):
            replace(spec, path, 1)


def test_a_path_leads_through_the_variants_that_pydantic_names() -> None:
    assert leads_to("optimizer.momentum", ["optimizer", "sgd", "momentum"])
    assert not leads_to("optimizer.momentum", ["momentum", "optimizer"])
