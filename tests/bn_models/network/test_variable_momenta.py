"""A program reused with other momenta trains as one that was compiled for them, to the bit, and as Keras does."""

from typing import Any

import keras
import numpy as np
import pytest

from bn_models.datasets import loading
from bn_models.network import initialization
from bn_models.network.build import build
from bn_models.spec import TrainingSpec
from bn_models.training.loop import Trained, train
from bn_models.training.program_cache import ProgramCache

pytestmark = pytest.mark.slow

OPTIMIZERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": "sgd", "momentum": 0.9}, {"name": "sgd", "momentum": 0.37}),
    ({"name": "sgd", "momentum": 0.9, "nesterov": True}, {"name": "sgd", "momentum": 0.37, "nesterov": True}),
    ({"name": "adam"}, {"name": "adam", "beta_1": 0.83, "beta_2": 0.97}),
    ({"name": "adamw"}, {"name": "adamw", "beta_1": 0.83, "beta_2": 0.97}),
    ({"name": "rmsprop", "momentum": 0.5}, {"name": "rmsprop", "rho": 0.7, "momentum": 0.2}),
]


def trained(spec: dict[str, Any], programs: ProgramCache) -> Trained:
    full = TrainingSpec.model_validate({"dataset": {"name": "moons", "n_samples": 150}, "epochs": 3, **spec})
    *_, last = train(full, loading.load(full.dataset, None), programs)
    assert isinstance(last, Trained)
    return last


@pytest.mark.parametrize("xla", ["on", "off"])
@pytest.mark.parametrize(("first", "second"), OPTIMIZERS)
def test_a_reused_program_has_the_momenta_of_its_run(first: dict[str, Any], second: dict[str, Any], xla: Any) -> None:
    programs = ProgramCache(xla=xla)
    trained({"optimizer": first, "batch_norm": {"momentum": 0.9}}, programs)
    spec = {"optimizer": second, "batch_norm": {"momentum": 0.31}}
    reused = trained(spec, programs)
    assert reused.compile_seconds == 0
    weights = reused.model.get_weights()
    fresh = trained(spec, ProgramCache(xla=xla)).model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(weights, fresh, strict=True))
    [layer] = [layer for layer in reused.model.layers if hasattr(layer, "moving_mean")]
    assert layer.momentum == 0.31


def test_the_rounding_is_that_of_constants() -> None:
    """Keras's own layer, with the number as a constant, ends with the same moving statistics."""
    spec = TrainingSpec.model_validate({"dataset": "circles", "batch_norm": {"momentum": 0.987, "on_input": True}})
    program, _ = ProgramCache(xla="off").get(spec, loading.load(spec.dataset, None))
    constant = build(spec, keras.layers.BatchNormalization)
    rows = np.random.default_rng(0).normal(3, 2, (32, 2)).astype(np.float32)
    program.reset(spec)
    initialization.initialize(constant, spec)
    for model in (program.model, constant):
        model(rows, training=True)
    for ours, keras_own in zip(program.model.variables, constant.variables, strict=True):
        assert np.array_equal(ours.numpy(), keras_own.numpy())
