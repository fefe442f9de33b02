"""The pass that assigns nothing against Keras's own, which does."""

from typing import Any

import numpy as np
import pytest

from bn_models.network import initialization
from bn_models.network.build import build
from bn_models.network.forward import forward
from bn_models.plan.architecture import plan
from bn_models.spec import TrainingSpec

NETWORKS: dict[str, dict[str, Any]] = {
    "mlp before": {"network": {"kind": "mlp", "hidden_units": [7, 5]}, "batch_norm": "before_activation"},
    "mlp after": {"activation": "tanh", "batch_norm": {"center": False, "scale": False, "on_input": True}},
    "mlp without": {"batch_norm": {"placement": "none", "on_output": True}},
    "cnn before": {"network": {"kind": "cnn", "conv_filters": [4, 3]}, "batch_norm": "before_activation"},
    "cnn after": {"network": {"kind": "cnn", "conv_filters": [4], "padding": "same"}, "batch_norm": {"scale": False}},
    "lstm": {"network": {"kind": "rnn", "cell": "lstm", "units": [4, 3]}},
    "gru": {"network": {"kind": "rnn", "cell": "gru", "units": [4], "dense_units": [5]}},
}


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_those_of_keras_and_nothing_is_assigned(name: str, training: bool) -> None:
    spec = TrainingSpec.model_validate({"dataset": "digits", **NETWORKS[name]})
    model, rng = build(spec), np.random.default_rng(0)
    model.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in model.weights])
    before = model.get_weights()
    x = rng.random((10, 8, 8), np.float32)
    passed = forward(plan(spec), model, x, training)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), before, strict=True))
    expected = x
    for layer, one in zip(model.layers, passed, strict=True):
        expected = layer(expected, training=training) if "normalization" in layer.name else layer(expected)
        np.testing.assert_allclose(one.output, expected, rtol=1e-3, atol=1e-5)


def test_dropout_lets_everything_pass_and_draws_nothing() -> None:
    spec = TrainingSpec.model_validate({"dataset": "circles", "dropout": 0.5})
    without = TrainingSpec.model_validate({"dataset": "circles"})
    models = build(spec), build(without)
    for model in models:
        initialization.initialize(model, without if model is models[1] else spec)
    x = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    states = [variable.numpy() for variable in models[0].variables]
    outputs = [forward(plan(s), m, x, True)[-1].output for s, m in zip((spec, without), models, strict=True)]
    np.testing.assert_array_equal(*outputs)
    assert all(np.array_equal(a, b) for a, b in zip((v.numpy() for v in models[0].variables), states, strict=True))
