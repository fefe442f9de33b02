"""The compiled epochs against ``model.fit`` on the same batches."""

from dataclasses import astuple
from time import perf_counter
from typing import Any

import keras
import numpy as np
import pytest

from bn_models.compiled.calls import Calls
from bn_models.compiled.choice import use_xla
from bn_models.compiled.chunked_epochs import LongEpochs
from bn_models.compiled.epochs import EpochResult, Validation
from bn_models.compiled.steps import Steps, optimizer_of
from bn_models.compiled.whole_epochs import ShortEpochs
from bn_models.datasets.arrays import Data
from bn_models.datasets.loading import load
from bn_models.network import initialization
from bn_models.network.build import build
from bn_models.plan import batches
from bn_models.plan.learning_rates import learning_rates
from bn_models.spec import TrainingSpec
from bn_models.training.program import Program
from bn_models.training.program_cache import ProgramCache

pytestmark = pytest.mark.slow

EPOCHS = 3


def spec_of(**fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": {"name": "moons", "n_samples": 150}, "epochs": EPOCHS, **fields})


def ours(spec: TrainingSpec, data: Data, xla: Any = "auto") -> tuple[Program, list[EpochResult]]:
    programs = ProgramCache(xla=xla)
    program, _ = programs.get(spec, data)
    program.reset(spec)
    results: list[EpochResult] = []
    while len(results) < spec.epochs:
        limit = spec.epochs - len(results)
        run = program.epochs.run(spec, programs.resident(data), len(results), limit)
        results += [outcome for outcome in run if isinstance(outcome, EpochResult)]
    return program, results


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
            data.x_train[rows], data.y_train[rows], batch_size=spec.batch_size, shuffle=False, verbose=0,
            validation_data=(data.x_val, data.y_val), callbacks=[callback],
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


def test_long_and_short_epochs_train_alike() -> None:
    spec = spec_of(batch_size=8, dropout=0.2)
    data = load(spec.dataset, None)
    short, expected = ours(spec, data, "off")
    assert isinstance(short.epochs, ShortEpochs)
    values = short.values()
    resident = ProgramCache().resident(data)
    steps = Steps(short.model, short.optimizer, target="binary")
    long = LongEpochs(steps, batches.of(spec), Validation(rows=75, size=20), resident, Calls(xla=False, seconds=0.01))
    short.reset(spec)
    runs = [list(long.run(spec, resident, epoch, limit=1)) for epoch in range(EPOCHS)]
    for run, result in zip(runs, expected, strict=True):
        *fractions, end = run
        assert [*fractions, 1.0] == sorted([*fractions, 1.0])  # type: ignore[type-var]
        assert isinstance(end, EpochResult)
        assert astuple(end)[:-1] == pytest.approx(astuple(result)[:-1], rel=1e-5)  # all but the seconds
    for value, other in zip(short.values(), values, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-5, atol=1e-6)


def test_xla_compiles_once_whatever_the_position_in_the_epoch() -> None:
    spec = spec_of(batch_size=8)
    data = load(spec.dataset, None)
    program, resident = ours(spec, data, "off")[0], ProgramCache().resident(data)
    steps, started = Steps(program.model, program.optimizer, target="binary"), perf_counter()
    long = LongEpochs(steps, batches.of(spec), Validation(rows=75, size=2), resident, Calls(xla=True, seconds=0.0))
    compile_seconds = perf_counter() - started
    *fractions, end = long.run(spec, resident, 0, limit=1)
    assert len(fractions) == 10 + 38  # calls with training steps and with validation batches
    assert isinstance(end, EpochResult)
    assert end.seconds < compile_seconds


def test_the_cache_drops_the_program_not_used_for_longest() -> None:
    specs = [spec_of(network={"kind": "mlp", "hidden_units": [units]}) for units in (1, 2, 3)]
    data = load(specs[0].dataset, None)
    programs = ProgramCache(size=2, xla="off")
    first, seconds = programs.get(specs[0], data)
    assert seconds > 0
    programs.get(specs[1], data)
    assert programs.get(specs[0], data) == (first, 0.0)
    programs.get(specs[2], data)
    assert programs.get(specs[0], data) == (first, 0.0)
    assert programs.get(specs[1], data)[1] > 0


def test_xla_is_for_dense_and_recurrent_networks() -> None:
    assert use_xla(spec_of())
    assert use_xla(spec_of(dataset="digits", network="rnn"))
    cnn = spec_of(dataset="digits", network={"kind": "cnn", "conv_filters": [4]})
    assert not use_xla(cnn)
    assert not use_xla(spec_of(dropout=0.1))
    assert use_xla(cnn, "on")
    assert not use_xla(spec_of(), "off")


def test_reset_forgets_everything() -> None:
    spec = spec_of(dropout=0.5, optimizer="adam")
    data = load(spec.dataset, None)
    program, results = ours(spec, data, "off")
    trained = program.values()
    program.reset(spec)
    fresh = program.values()
    assert all((a != b).any() for a, b in zip(trained, fresh, strict=True) if a.size > 1)
    assert int(program.optimizer.iterations) == 0
    again = ours(spec, data, "off")
    assert [r.loss for r in again[1]] == [r.loss for r in results]
