"""What the runs of a spec end with."""

from typing import Any

import pytest

from bn_models.spec import TrainingSpec
from bn_models.spec.final_metrics import default_metric, final_metrics, has_curve

REGRESSION = {"name": "heights", "sha256": "0" * 64, "task": "regression", "row_shape": [1], "train_rows": 80,
              "test_rows": 20}  # fmt: skip
APART = {"name": "circles", "validation_fraction": 0.2}
TRAINING = ["train_loss", "train_accuracy"]


def spec(dataset: Any = "circles", **fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": dataset, **fields})


@pytest.mark.parametrize(
    ("given", "default", "recorded"),
    [
        (spec(), "val_accuracy", ["loss", "accuracy", "val_loss", "val_accuracy", *TRAINING, "accuracy_gap"]),
        (spec(evaluate_training="never"), "val_accuracy", ["loss", "accuracy", "val_loss", "val_accuracy"]),
        (
            spec(APART),
            "test_accuracy",
            ["loss", "accuracy", "val_loss", "val_accuracy", *TRAINING, "test_loss", "test_accuracy", "accuracy_gap"],
        ),
        (spec(REGRESSION), "val_mae", ["loss", "val_loss", "mae", "val_mae", "train_loss", "train_mae"]),
        (
            spec({**REGRESSION, "validation_fraction": 0.25}, evaluate_training="never"),
            "test_mae",
            ["loss", "val_loss", "mae", "val_mae", "test_loss", "test_mae"],
        ),
    ],
)
def test_metrics_go_by_task_validation_rows_and_training_rows(
    given: TrainingSpec, default: str, recorded: list[str]
) -> None:
    assert final_metrics(given) == recorded
    assert default_metric(given) == default


def test_a_threshold_needs_a_value_an_epoch() -> None:
    assert has_curve(spec(), "val_accuracy")
    assert [has_curve(spec(evaluate_training=when), "train_accuracy") for when in ("end", "epochs", "never")] == [
        False, True, False,
    ]  # fmt: skip
    assert not has_curve(spec(APART), "test_accuracy")
    assert not has_curve(spec(), "accuracy_gap")
    assert not has_curve(spec(), "val_mae")
