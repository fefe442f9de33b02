from typing import Any

import pytest

from bn_models.plan.program_key import program_key
from bn_models.spec import TrainingSpec


def key_of(**fields: Any) -> str:
    return program_key(TrainingSpec.model_validate({"dataset": "circles", **fields}))


@pytest.mark.parametrize(
    "fields",
    [
        {"seed": 9, "learning_rate": 0.5, "epochs": 7},
        {"learning_rate_schedule": "cosine", "shuffle": False},
        {"optimizer": {"name": "sgd", "momentum": 0.5}, "batch_norm": {"momentum": 0.9}},
        {"early_stopping": {}, "kernel_initializer": "glorot_normal"},
        {"dataset": {"name": "circles", "noise": 0.2, "seed": 5}},
        {"dataset": {"name": "circles", "resample": True}, "evaluate_training": "epochs"},
        {"dataset": {"name": "circles", "n_samples": 1500, "test_fraction": 1 / 3, "validation_fraction": 0.5}},
    ],
)
def test_specs_that_share_a_program(fields: dict[str, Any]) -> None:
    assert key_of(**fields) == key_of()


@pytest.mark.parametrize(
    "fields",
    [
        {"batch_size": 8},
        {"optimizer": "adam"},
        {"optimizer": {"name": "sgd", "momentum": 0.0}},
        {"dropout": 0.1},
        {"steps_per_epoch": 9},
        {"dataset": "digits"},
        {"dataset": {"name": "circles", "validation_fraction": 0.1}},
    ],
)
def test_specs_that_need_their_own(fields: dict[str, Any]) -> None:
    assert key_of(**fields) != key_of()
