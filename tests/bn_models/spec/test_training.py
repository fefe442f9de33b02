from typing import Any

import pytest
from pydantic import ValidationError

from bn_models.spec import TrainingSpec

NUMBERS: dict[str, Any] = {
    "name": "mine", "sha256": "0" * 64, "task": "regression", "row_shape": [2], "labels": [], "train_rows": 8,
    "test_rows": 2,
}  # fmt: skip


def test_only_the_dataset_is_needed_and_names_stand_for_their_parts() -> None:
    spec = TrainingSpec.model_validate({"dataset": "circles", "batch_norm": "none", "optimizer": "adam"})
    full = {"dataset": {"name": "circles"}, "batch_norm": {"placement": "none"}, "optimizer": {"name": "adam"}}
    assert spec == TrainingSpec.model_validate(full)
    assert TrainingSpec.model_validate(spec.model_dump()) == spec


@pytest.mark.parametrize("dataset", ["circles", "digits", "mnist", NUMBERS])
def test_a_spec_that_was_stored_before_a_field_was_added_has_its_default(dataset: Any) -> None:
    spec = TrainingSpec.model_validate({"dataset": dataset})
    stored = spec.model_dump(mode="json")
    del stored["evaluate_training"]
    for field in ("validation_fraction", "resample", "train_samples", "test_samples"):
        stored["dataset"].pop(field, None)
    assert TrainingSpec.model_validate(stored) == spec
    assert (spec.dataset.validation_rows, spec.dataset.fitted_rows) == (0, spec.dataset.train_rows)


@pytest.mark.parametrize(
    ("dataset", "rows"),
    [
        ({"name": "circles", "validation_fraction": 0.25}, (375, 125, 500)),
        ({"name": "digits", "validation_fraction": 0.25}, (1078, 360, 359)),  # 359.5 is rounded to the even number
        ({"name": "cifar10", "train_samples": 100, "test_samples": 7}, (100, 0, 7)),
        ({"name": "mnist", "validation_fraction": 0.1}, (54_000, 6_000, 10_000)),
        ({**NUMBERS, "validation_fraction": 0.25}, (6, 2, 2)),
    ],
)
def test_rows_that_train_validate_and_test(dataset: Any, rows: tuple[int, int, int]) -> None:
    divided = TrainingSpec.model_validate({"dataset": dataset}).dataset
    assert (divided.fitted_rows, divided.validation_rows, divided.test_rows) == rows


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "dataset"),
        ({"dataset": "circles", "learning_rat": 0.1}, "learning_rat"),
        ({"dataset": "circles", "epochs": True}, "epochs"),
        ({"dataset": "circles", "dropout": 1.0}, "dropout"),
        ({"dataset": "digits", "output": "sigmoid"}, "output"),
        ({"dataset": {**NUMBERS, "validation_fraction": 0.05}}, "leaves 8 to train on and 0 to validate on"),
        ({"dataset": {"name": "cifar10", "train_samples": 60_000}}, "cifar10, which has 50000 training rows"),
        ({"dataset": NUMBERS, "output": "sigmoid"}, "output must be left out"),
        ({"dataset": NUMBERS, "batch_norm": {"on_output": True}}, "on_output needs classes"),
        ({"dataset": NUMBERS, "early_stopping": {"monitor": "val_accuracy"}}, "must be val_loss or loss"),
    ],
)
def test_what_cannot_be_built_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TrainingSpec.model_validate(fields)
