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


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "dataset"),
        ({"dataset": "circles", "learning_rat": 0.1}, "learning_rat"),
        ({"dataset": "circles", "epochs": True}, "epochs"),
        ({"dataset": "circles", "dropout": 1.0}, "dropout"),
        ({"dataset": "digits", "output": "sigmoid"}, "output"),
        ({"dataset": NUMBERS, "output": "sigmoid"}, "output must be left out"),
        ({"dataset": NUMBERS, "batch_norm": {"on_output": True}}, "on_output needs classes"),
        ({"dataset": NUMBERS, "early_stopping": {"monitor": "val_accuracy"}}, "must be val_loss or loss"),
    ],
)
def test_what_cannot_be_built_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TrainingSpec.model_validate(fields)
