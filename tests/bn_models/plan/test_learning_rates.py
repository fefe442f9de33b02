from typing import Any

import keras
import numpy as np
import pytest

from bn_models.plan.learning_rates import learning_rates
from bn_models.spec import TrainingSpec

schedules = keras.optimizers.schedules


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"name": "cosine", "alpha": 0.1, "decay_steps": 70}, schedules.CosineDecay(0.3, 70, alpha=0.1)),
        ({"name": "cosine"}, schedules.CosineDecay(0.3, 10 * 16)),
        ({"name": "exponential", "decay_steps": 7}, schedules.ExponentialDecay(0.3, 7, 0.96)),
        (
            {"name": "exponential", "decay_steps": 7, "decay_rate": 0.5, "staircase": True},
            schedules.ExponentialDecay(0.3, 7, 0.5, staircase=True),
        ),
        ({"name": "inverse_time", "decay_rate": 0.01}, schedules.InverseTimeDecay(0.3, 1, 0.01)),
        (
            {"name": "inverse_time", "decay_rate": 0.5, "decay_steps": 9, "staircase": True},
            schedules.InverseTimeDecay(0.3, 9, 0.5, staircase=True),
        ),
    ],
)
def test_schedules_are_keras_s(schedule: dict[str, Any], expected: Any) -> None:
    fields = {"dataset": "circles", "epochs": 10, "learning_rate": 0.3, "learning_rate_schedule": schedule}
    rates = learning_rates(TrainingSpec.model_validate(fields), 0, 160)
    assert rates.dtype == np.float32
    np.testing.assert_allclose(rates, [float(expected(step)) for step in range(160)], rtol=2e-5, atol=1e-7)


def test_constant() -> None:
    spec = TrainingSpec.model_validate({"dataset": "circles", "learning_rate": 0.25})
    assert learning_rates(spec, 5, 8).tolist() == [0.25, 0.25, 0.25]
