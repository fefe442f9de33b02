from typing import Any

import pytest

from bn_models.diagnostics.observed_layers import observed
from bn_models.plan.architecture import plan
from bn_models.spec import TrainingSpec


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"batch_norm": "none"}, [("dense_1", "relu", True)]),
        ({}, [("dense_1", "relu", True), ("batch_normalization_1", None, True)]),
        ({"batch_norm": "before_activation"}, [("dense_1", "relu", False), ("batch_normalization_1", None, True)]),
        ({"network": {"kind": "mlp", "hidden_units": []}, "batch_norm": "none"}, []),
        (
            {"network": {"kind": "mlp", "hidden_units": []}, "batch_norm": {"on_input": True, "on_output": True}},
            [("batch_normalization_1", None, True), ("batch_normalization_2", None, True)],
        ),
        (
            {"network": {"kind": "cnn", "conv_filters": [2, 2], "dense_units": [3]}, "batch_norm": "none"},
            [("conv2d_1", "relu", True), ("conv2d_2", "relu", True), ("dense_1", "relu", True)],
        ),
        (
            {"network": {"kind": "rnn", "cell": "simple_rnn", "units": [2, 2]}, "batch_norm": "none"},
            [("simple_rnn_1", "tanh", True), ("simple_rnn_2", "tanh", True)],
        ),
        ({"network": {"kind": "rnn"}, "batch_norm": "none"}, [("lstm_1", None, True)]),
        ({"activation": "linear", "batch_norm": "none"}, [("dense_1", "linear", True)]),
    ],
)
def test_hidden_layers_and_normalizations_in_order(fields: dict[str, Any], found: list[tuple[Any, ...]]) -> None:
    layers = observed(plan(TrainingSpec.model_validate({"dataset": "digits", **fields})))
    assert [(layer.name, layer.activation, layer.position == layer.activated_at) for layer in layers] == found
