"""The compiled epochs against ``model.fit`` on the same batches."""

from typing import Any

import keras
import numpy as np
import pytest

from bn_models.compiled.steps import optimizer_of
from bn_models.datasets.arrays import Data
from bn_models.datasets.loading import load
from bn_models.network import initialization
from bn_models.network.build import build
from bn_models.plan import batches
from bn_models.plan.learning_rates import learning_rates
from bn_models.spec import TrainingSpec
from tests.support.compiled_runs import ours, spec_of

pytestmark = pytest.mark.slow


class Schedule(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the learning rate before each step, as a schedule would."""

    def __init__(self, spec: TrainingSpec) -> None:
        super().__init__()
        steps = batches.of(spec).steps * spec.epochs
        self._rates = iter(learning_rates(spec, 0, steps))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate.assign(next(self._rates))


def keras_fit(spec: TrainingSpec, data: Data) -> tuple[Any, dict[str, list[float]]]:
    """``fit`` an epoch at a time, its rows in the order of ours; history by metric."""
    model = build(spec)
    initialization.initialize(model, spec)
    binary = model.output_shape[-1] == 1
    loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
    metric = "binary_accuracy" if binary else "sparse_categorical_accuracy"
    model.compile(optimizer=optimizer_of(spec), loss=loss, metrics=[metric])
    history: dict[str, list[float]] = {}
    callback = Schedule(spec)
    for epoch in range(spec.epochs):
        rows = batches.of(spec).epoch(epoch)
        fitted = model.fit(
            data.train.x[rows], data.train.y[rows], batch_size=spec.batch_size, shuffle=False, verbose=0,
            validation_data=(data.validation.x, data.validation.y), callbacks=[callback],
        )  # fmt: skip
        for name, values in fitted.history.items():
            history.setdefault(name.replace(metric, "accuracy"), []).extend(values)
    return model, history


CASES: dict[str, dict[str, Any]] = {
    "mlp": {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}, "batch_norm": "before_activation"},
    "mlp softmax adamw": {"optimizer": "adamw", "output": "softmax", "activation": "gelu"},
    "mlp schedule rmsprop": {
        "optimizer": {"name": "rmsprop", "momentum": 0.5, "centered": True},
        "learning_rate_schedule": "cosine",
        "batch_norm": {"on_input": True, "on_output": True, "momentum": 0.5},
    },
    "mlp without BN, given steps": {"batch_norm": "none", "steps_per_epoch": 4},
    "batches larger than the data": {"batch_size": 100},
    "cnn": {
        "dataset": {"name": "digits", "test_fraction": 0.8},
        "network": {"kind": "cnn", "conv_filters": [3, 4], "dense_units": [6]},
        "batch_norm": {"placement": "before_activation", "on_output": True},
        "optimizer": "adam",
    },
    "rnn": {
        "dataset": {"name": "digits", "test_fraction": 0.8},
        "network": {"kind": "rnn", "units": [6]},
        "optimizer": "adam",
    },
}


@pytest.mark.parametrize("name", CASES)
def test_agreement_with_fit(name: str) -> None:
    spec = spec_of(**CASES[name])
    data = load(spec.dataset, None)
    (program, results), (model, history) = ours(spec, data), keras_fit(spec, data)
    for mine, keras_s in zip(program.model.weights, model.weights, strict=True):
        np.testing.assert_allclose(mine.numpy(), keras_s.numpy(), rtol=2e-3, atol=2e-5, err_msg=mine.path)
    for metric in ("loss", "accuracy", "val_loss", "val_accuracy"):
        values = [getattr(result, metric.replace("accuracy", "measure")) for result in results]
        np.testing.assert_allclose(values, history[metric], rtol=1e-4, atol=1e-5, err_msg=metric)
