import time
from typing import Any

import pytest

from bn_models.spec.study import Design, DesignError, arms, label, settings_of_arms

PLACEMENTS = ["none", "before_activation", "after_activation"]


def design(**fields: Any) -> Design:
    return Design.model_validate({"base": {"dataset": "circles"}, "seeds": 3, **fields})


def test_arms_are_the_product_of_the_grid() -> None:
    found = arms(design(grid={"batch_norm.placement": PLACEMENTS, "learning_rate": [0.01, 0.1]}))
    assert [arm.label for arm in found][:3] == [
        "placement=none, learning_rate=0.01", "placement=none, learning_rate=0.1",
        "placement=before_activation, learning_rate=0.01",
    ]  # fmt: skip
    assert [(arm.spec.batch_norm.placement, arm.spec.learning_rate) for arm in found][-1] == ("after_activation", 0.1)


def test_arms_are_counted_and_labelled_without_their_specs() -> None:
    many = design(grid={"batch_norm.placement": PLACEMENTS, "learning_rate": [0.01, 0.1]})
    settings = settings_of_arms(many)
    assert len(settings) == many.arm_count
    assert [(one, label(one)) for one in settings] == [(arm.settings, arm.label) for arm in arms(many)]


def test_every_arm_is_compared_with_the_baseline_of_its_other_settings() -> None:
    grid = {"batch_norm.placement": PLACEMENTS, "learning_rate": [0.01, 0.1]}
    found = arms(design(grid=grid, baseline={"batch_norm.placement": "none"}))
    assert [arm.baseline for arm in found] == [None, None, 0, 1, 0, 1]
    one = arms(design(grid=grid, baseline={"batch_norm.placement": "none", "learning_rate": 0.1}))
    assert [arm.baseline for arm in one] == [1, None, 1, 1, 1, 1]


def test_without_a_baseline_it_is_the_first_value_of_the_first_entry() -> None:
    assert [arm.baseline for arm in arms(design(grid={"learning_rate": [0.1, 0.2, 0.3]}))] == [None, 0, 0]


def test_a_study_without_a_grid_has_one_arm() -> None:
    [arm] = arms(design())
    assert (arm.label, arm.baseline) == ("base", None)


def test_arms_share_their_seeds() -> None:
    base = {"dataset": "circles", "seed": 7}
    found = arms(design(base=base, grid={"batch_norm.placement": PLACEMENTS}))
    assert {tuple(arm.spec_of(run).seed for run in range(3)) for arm in found} == {(7, 8, 9)}


def test_whole_parts_of_a_spec_can_be_settings() -> None:
    networks = [{"kind": "mlp", "hidden_units": [8]}, {"kind": "rnn", "units": [4]}]
    found = arms(design(base={"dataset": "digits"}, grid={"network": networks}))
    assert [arm.spec.network.kind for arm in found] == ["mlp", "rnn"]
    assert found[0].label == "kind=mlp, hidden_units=8"


@pytest.mark.parametrize(
    ("fields", "loc", "message"),
    [
        ({"grid": {"batchnorm": ["none"]}}, ["grid", "batchnorm"], "no setting 'batchnorm'"),
        ({"grid": {"batch_norm.placment": ["none"]}}, ["grid", "batch_norm.placment"], "no setting"),
        ({"grid": {"learning_rate.x": [1.0]}}, ["grid", "learning_rate.x"], "no setting"),
        ({"grid": {"learning_rate": [-1.0]}}, ["grid", "learning_rate"], "learning_rate=-1.0: learning_rate: "),
        ({"grid": {"learning_rate": [0.1, 0.1]}}, ["grid"], "arms 0 and 1"),
        ({"grid": {"seed": [1, 2]}}, ["grid", "seed"], "'seeds'"),
        (
            {"grid": {"learning_rate": [0.1]}, "baseline": {"learning_rate": 0.2}},
            ["baseline", "learning_rate"],
            "not in the grid",
        ),
        ({"base": {"dataset": "circles", "seed": 2**32 - 2}}, ["seeds"], "beyond"),
        ({"grid": {f"p{i}": list(range(1000)) for i in range(16)}}, ["grid"], "at most 10,000"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_place(fields: dict[str, Any], loc: list[str], message: str) -> None:
    with pytest.raises(DesignError, match=message) as refused:
        arms(design(**fields))
    assert refused.value.loc == loc


def test_a_baseline_is_found_whatever_kind_of_number_names_it() -> None:
    grid = {"batch_norm.momentum": [0.0, 0.9], "batch_norm.placement": ["after_activation"]}
    assert [arm.baseline for arm in arms(design(grid=grid, baseline={"batch_norm.momentum": 0}))] == [None, 0]


def test_arms_by_the_thousand_take_about_a_second() -> None:
    rates = [0.001 * (i + 1) for i in range(1000)]
    start = time.perf_counter()
    assert len(arms(design(grid={"learning_rate": rates, "batch_norm.momentum": [0.5, 0.9]}))) == 2000
    assert time.perf_counter() - start < 5  # comparing each with each takes tens of seconds
