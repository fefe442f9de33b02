from typing import get_args

import pytest

from bn_models.spec.metrics import METRICS
from bn_models.spec.optimization import Monitor


@pytest.mark.parametrize("monitor", get_args(Monitor))
def test_what_early_stopping_monitors_is_better_lower_or_higher(monitor: str) -> None:
    assert METRICS[monitor].better is not None


@pytest.mark.parametrize("prefix", ["val_", "train_", "test_"])
def test_what_is_measured_is_the_same_on_all_rows(prefix: str) -> None:
    in_inference_mode = {name.removeprefix(prefix) for name in METRICS if name.startswith(prefix)}
    assert in_inference_mode == {"loss", "accuracy", "mae"} <= set(METRICS)
    for name in in_inference_mode:
        metric, training = METRICS[f"{prefix}{name}"], METRICS[name]
        assert (metric.better, metric.task) == (training.better, training.task)
