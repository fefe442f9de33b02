from itertools import product
from typing import Any

import keras
import numpy as np
import pytest

from bn_models.network import initialization
from bn_models.network.build import build
from bn_models.plan import architecture, shapes
from bn_models.spec import TrainingSpec

Layer = tuple[Any, ...]
RELU, BN = "relu", ("BatchNormalization", 0.99, 0.001, True, True)


def spec_of(**fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": "circles", **fields})


def described(model: Any) -> list[Layer]:
    return [_describe(layer) for layer in model.layers]


def _describe(layer: Any) -> Layer:
    kind = type(layer).__name__
    match layer:
        case keras.layers.Dense():
            return kind, layer.units, layer.activation.__name__, layer.use_bias
        case keras.layers.Conv2D():
            return kind, layer.filters, layer.kernel_size[0], layer.padding, layer.activation.__name__, layer.use_bias
        case keras.layers.BatchNormalization():
            return kind, layer.momentum, layer.epsilon, layer.center, layer.scale
        case keras.layers.MaxPooling2D():
            return kind, layer.pool_size[0], layer.strides[0], layer.padding
        case keras.layers.Activation():
            return kind, layer.activation.__name__
        case keras.layers.Dropout():
            return kind, layer.rate
        case keras.layers.LSTM():
            return kind, layer.units, layer.return_sequences
        case _:
            return (kind,)


POOL = ("MaxPooling2D", 2, 2, "valid")
IMAGE = [("Reshape",)]
PUBLISHED: dict[str, tuple[dict[str, Any], list[Layer]]] = {
    "circles without BN": (
        {"batch_norm": "none"},
        [("Dense", 50, RELU, True), ("Dense", 1, "sigmoid", True)],
    ),
    "circles, BN after": (
        {"batch_norm": "after_activation"},
        [("Dense", 50, RELU, True), BN, ("Dense", 1, "sigmoid", True)],
    ),
    "circles, BN before": (
        {"batch_norm": "before_activation"},
        [("Dense", 50, "linear", False), BN, ("Activation", RELU), ("Dense", 1, "sigmoid", True)],
    ),
    "MNIST CNN, BN everywhere": (
        {
            "dataset": "mnist",
            "network": "cnn",
            "activation": "sigmoid",
            "batch_norm": {"placement": "before_activation", "on_output": True},
        },
        [
            *IMAGE,
            *[("Conv2D", 32, 3, "valid", "linear", False), BN, ("Activation", "sigmoid"), POOL],
            *[("Conv2D", 64, 3, "valid", "linear", False), BN, ("Activation", "sigmoid"), POOL],
            *[("Conv2D", 64, 3, "valid", "linear", False), BN, ("Activation", "sigmoid")],
            ("Flatten",),
            *[("Dense", 64, "linear", False), BN, ("Activation", "sigmoid")],
            *[("Dense", 10, "linear", False), BN, ("Activation", "softmax")],
        ],
    ),
    "MLP 128-64-10": (
        {
            "dataset": "mnist",
            "network": {"kind": "mlp", "hidden_units": [128, 64]},
            "batch_norm": {"momentum": 0.9, "epsilon": 1e-5},
        },
        [
            ("Flatten",),
            *[("Dense", 128, RELU, True), ("BatchNormalization", 0.9, 1e-5, True, True)],
            *[("Dense", 64, RELU, True), ("BatchNormalization", 0.9, 1e-5, True, True)],
            ("Dense", 10, "softmax", True),
        ],
    ),
    "MLP 64-64-2 tanh, dropout, BN before the softmax": (
        {
            "network": {"kind": "mlp", "hidden_units": [64, 64]},
            "activation": "tanh",
            "batch_norm": {"placement": "before_activation", "on_output": True},
            "dropout": 0.5,
            "output": "softmax",
        },
        [
            *[("Dense", 64, "linear", False), BN, ("Activation", "tanh"), ("Dropout", 0.5)],
            *[("Dense", 64, "linear", False), BN, ("Activation", "tanh"), ("Dropout", 0.5)],
            *[("Dense", 2, "linear", False), BN, ("Activation", "softmax")],
        ],
    ),
    "CNN with 5x5 kernels": (
        {
            "dataset": "mnist",
            "network": {"kind": "cnn", "conv_filters": [8], "kernel_size": 5, "pool_after": [True], "dense_units": []},
            "batch_norm": {"placement": "before_activation", "momentum": 0.9, "epsilon": 0.001},
        },
        [
            *IMAGE,
            ("Conv2D", 8, 5, "valid", "linear", False),
            *[("BatchNormalization", 0.9, 0.001, True, True), ("Activation", RELU), POOL],
            *[("Flatten",), ("Dense", 10, "softmax", True)],
        ],
    ),
    "LSTM 32": (
        {"dataset": "mnist", "network": "rnn"},
        [("LSTM", 32, False), BN, ("Dense", 10, "softmax", True)],
    ),
    "BN on the raw input": (
        {"batch_norm": {"placement": "none", "on_input": True}},
        [BN, ("Dense", 50, RELU, True), ("Dense", 1, "sigmoid", True)],
    ),
    "BN without beta and gamma": (
        {"batch_norm": {"center": False, "scale": False}},
        [("Dense", 50, RELU, True), ("BatchNormalization", 0.99, 0.001, False, False), ("Dense", 1, "sigmoid", True)],
    ),
    "BN with momentum 0": (
        {"batch_norm": {"momentum": 0.0}},
        [("Dense", 50, RELU, True), ("BatchNormalization", 0.0, 0.001, True, True), ("Dense", 1, "sigmoid", True)],
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models(name: str) -> None:
    fields, layers = PUBLISHED[name]
    assert described(build(spec_of(**fields))) == layers


NETWORKS: list[Any] = [
    {"kind": "mlp", "hidden_units": [7, 5]},
    {"kind": "cnn", "conv_filters": [3, 4], "dense_units": [6]},
    {"kind": "rnn", "cell": "lstm", "units": [4, 3], "dense_units": [5]},
    {"kind": "rnn", "cell": "gru", "units": [4]},
    {"kind": "rnn", "cell": "simple_rnn", "units": [4]},
]
PLACEMENTS = ["none", "before_activation", "after_activation"]


@pytest.mark.parametrize(("fields", "placement"), [*product(NETWORKS, PLACEMENTS)])
def test_the_plan_counts_parameters_and_shapes_as_keras_does(fields: Any, placement: str) -> None:
    batch_norm = {"placement": placement, "on_input": True, "on_output": True, "scale": False}
    spec = spec_of(dataset="digits", network=fields, batch_norm=batch_norm, dropout=0.2)
    model, layers = build(spec), architecture.plan(spec)
    assert shapes.parameter_count(layers, (8, 8)) == model.count_params()
    assert shapes.output_shapes(layers, (8, 8)) == [tuple(layer.output.shape[1:]) for layer in model.layers]


def initialized(**fields: Any) -> Any:
    spec = spec_of(**fields)
    model = build(spec)
    initialization.initialize(model, spec)
    return model


def kernels(model: Any) -> list[Any]:
    return [weight.numpy() for weight in model.weights if weight.name.endswith("kernel")]


@pytest.mark.parametrize("fields", NETWORKS)
def test_initial_kernels_do_not_depend_on_batch_norm_and_dropout(fields: Any) -> None:
    bare = initialized(dataset="digits", network=fields, batch_norm="none", seed=5)
    normalized = initialized(dataset="digits", network=fields, batch_norm="before_activation", dropout=0.3, seed=5)
    for first, second in zip(kernels(bare), kernels(normalized), strict=True):
        np.testing.assert_array_equal(first, second)


def test_every_variable_is_a_function_of_the_seed() -> None:
    fields: Any = {"dataset": "digits", "network": NETWORKS[2], "dropout": 0.5}
    first, again, other = (initialized(**fields, seed=seed) for seed in (1, 1, 2))
    for a, b in zip(first.variables, again.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for a, b in zip(kernels(first), kernels(other), strict=True):
        assert (a != b).any()
    states = [a.numpy()[0] for a in first.variables if a.name == "seed_generator_state"]
    assert len(set(states)) == len(states) > 2


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_initial_biases_are_keras_s(cell: str) -> None:
    spec = spec_of(dataset="digits", network={"kind": "rnn", "cell": cell, "units": [4]})
    fresh, ours = build(spec), initialized(**spec.model_dump())
    biases = [
        (a.numpy(), b.numpy())
        for a, b in zip(fresh.weights, ours.weights, strict=True)
        if not a.name.endswith("kernel")
    ]
    assert biases
    for a, b in biases:
        np.testing.assert_array_equal(a, b)


def test_he_uniform_is_he_uniform() -> None:
    kernel = kernels(initialized(network={"kind": "mlp", "hidden_units": [5000]}))[0]
    limit = np.sqrt(6 / 2)
    assert np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)


# --- what batch normalization computes (Ioffe & Szegedy 2015, with Keras's biased moving variance) ---


def normalization(**fields: Any) -> Any:
    """The model's input normalization alone, initialized."""
    return initialized(batch_norm={"placement": "none", "on_input": True, **fields}).layers[0]


def batch() -> Any:
    return np.random.default_rng(0).normal(3.0, 2.0, (16, 2)).astype(np.float32)


def test_training_normalizes_by_the_batch() -> None:
    layer, x = normalization(epsilon=0.25), batch()
    layer.gamma.assign([2.0, 3.0])
    layer.beta.assign([-1.0, 1.0])
    expected = np.array([2, 3]) * (x - x.mean(0)) / np.sqrt(x.var(0) + 0.25) + np.array([-1, 1])
    np.testing.assert_allclose(layer(x, training=True), expected, rtol=1e-5, atol=1e-5)


def test_moving_statistics_move_by_one_minus_momentum() -> None:
    layer, x = normalization(momentum=0.9), batch()
    layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean, 0.1 * x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, 0.9 + 0.1 * x.var(0), rtol=1e-5)


def test_with_momentum_0_inference_after_training_equals_training() -> None:
    layer, x = normalization(momentum=0.0), batch()
    trained = layer(x, training=True)
    np.testing.assert_allclose(layer(x, training=False), trained, rtol=1e-5, atol=1e-5)
