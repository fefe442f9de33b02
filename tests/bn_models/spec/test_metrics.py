from typing import get_args

import pytest

from bn_models.spec.metrics import METRICS
from bn_models.spec.optimization import Monitor


@pytest.mark.parametrize("monitor", get_args(Monitor))
def test_what_early_stopping_monitors_is_better_lower_or_higher(monitor: str) -> None:
    assert METRICS[monitor].better is not None


def test_each_metric_of_validation_is_one_of_training_too() -> None:
    validation = {name.removeprefix("val_") for name, metric in METRICS.items() if metric.split == "validation"}
    assert validation == {name for name, metric in METRICS.items() if metric.split == "training"}
