import time
from typing import Any

import pytest
from pydantic import ValidationError

from bn_models.spec.settings import DesignError, labels
from bn_models.spec.study import Design, arms, settings_of_arms

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
    assert list(zip(settings, labels(settings), strict=True)) == [(arm.settings, arm.label) for arm in arms(many)]


BATCHES = [{"batch_size": 8, "learning_rate": 0.0025}, {"batch_size": 64, "learning_rate": 0.02}]


def test_settings_that_move_together_are_multiplied_with_the_grid() -> None:
    one = design(arms=BATCHES, grid={"batch_norm.placement": ["none", "after_activation"]})
    found = arms(one)
    assert one.arm_count == 4
    assert [(arm.spec.batch_size, arm.spec.learning_rate, arm.spec.batch_norm.placement) for arm in found] == [
        (8, 0.0025, "none"), (8, 0.0025, "after_activation"), (64, 0.02, "none"), (64, 0.02, "after_activation"),
    ]  # fmt: skip
    assert found[3].label == "batch_size=64, learning_rate=0.02, placement=after_activation"
    assert [arm.baseline for arm in found] == [None, None, 0, 1]


def test_given_arms_need_not_set_the_same() -> None:
    found = arms(design(arms=[{}, {"dropout": 0.1}, {"dropout": 0.2, "epochs": 3}]))
    assert [(arm.label, arm.spec.dropout, arm.spec.epochs) for arm in found] == [
        ("base", 0.0, 100), ("dropout=0.1", 0.1, 100), ("dropout=0.2, epochs=3", 0.2, 3),
    ]  # fmt: skip


def test_a_design_from_before_there_were_arms_looks_and_claims_is_one_without() -> None:
    new = design(grid={"learning_rate": [0.1, 0.2]})
    stored = {name: new.model_dump(mode="json")[name] for name in ("base", "grid", "seeds", "baseline")}
    assert Design.model_validate(stored) == new


@pytest.mark.parametrize(
    ("looks", "valid"),
    [([10, 20, 40], True), ([1, 2], True), ([10], False), ([], False), ([20, 10], False), ([10, 10], False),
     ([0, 5], False), ([10, 20.5], False), (list(range(1, 22)), False), ([5, 10_001], False)],
)  # fmt: skip
def test_looks_are_numbers_of_seeds_that_grow(looks: list[Any], valid: bool) -> None:
    if valid:
        assert design(looks=looks).looks == looks
    else:
        with pytest.raises(ValidationError):
            design(looks=looks)


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
        ({"arms": [{"seed": 1}]}, ["arms", 0, "seed"], "'seeds'"),
        ({"arms": [{}, {"x": 1}]}, ["arms", 1, "x"], "no setting 'x'"),
        ({"arms": [{"epochs": 2}, {"epochs": 0}]}, ["arms", 1, "epochs"], "epochs=0: epochs: "),
        ({"arms": [{"epochs": 2}], "grid": {"epochs": [3]}}, ["arms", 0, "epochs"], "in the grid, too"),
        ({"arms": [{"epochs": 2}, {"epochs": 2}]}, ["arms"], "arms 0 and 1 are the same: epochs=2"),
        ({"arms": [{"epochs": 100}, {}]}, ["arms"], "arms 0 and 1 are the same"),
        ({"arms": [{"epochs": 2}], "grid": {"dropout": [0.1, 1.0]}}, ["grid", "dropout"], "dropout=1.0: dropout"),
        (
            {"arms": [{"epochs": i} for i in range(1, 200)], "grid": {"dropout": [0.001 * i for i in range(100)]}},
            ["grid"],
            "19,900 arms",
        ),
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
