"""A folded network against the same network unfolded, and against Keras."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.folding import Folded, fold, unfolded
from bn_models.export.onnx_writer import to_onnx
from bn_models.inference import InferenceModel
from bn_models.network import build as networks
from bn_models.plan import architecture, shapes
from bn_models.plan import layers as planned
from bn_models.spec import TrainingSpec
from tests.support.networks import EXPORTED, PUBLISHED, spec_of
from tests.support.rounding import allowed_difference

Array = NDArray[np.float32]
NETWORKS: dict[str, Any] = {
    **EXPORTED,
    "cnn-valid-pooled-late": {"kind": "cnn", "conv_filters": [3, 4], "pool_after": [False, True], "dense_units": [6]},
}
BN = planned.BatchNormalization(0.99, 0.001, center=True, scale=True)
LINEAR = planned.Dense(3, "linear", use_bias=False)
RELU = planned.Dense(3, "relu", use_bias=True)
VALID = planned.Conv2D(2, 3, "valid", "relu", use_bias=True)


def predictions(network: Folded, rows: Array) -> Array:
    return InferenceModel(to_onnx(network.layers, network.weights, rows.shape[1:], Preprocessing())).predict(rows)


def counts(network: Folded) -> tuple[int, int]:
    return network.folded_layers, network.kept_layers


def array(*values: Any) -> Array:
    return np.array(values, np.float32)


def random_weights(
    layers: Sequence[planned.Layer], row_shape: planned.Shape, rng: np.random.Generator, deviations: float = 1.0
) -> list[list[Array]]:
    """Gammas of both signs, variances down to 1e-8, means about ``deviations`` standard deviations from zero."""
    inputs = [row_shape, *shapes.output_shapes(tuple(layers), row_shape)]
    return [
        [weight.astype(np.float32) for weight in _random_weights(layer, shape[-1], rng, deviations)]
        for layer, shape in zip(layers, inputs, strict=False)
    ]


def _random_weights(layer: planned.Layer, features: int, rng: np.random.Generator, deviations: float) -> list[Any]:
    def normal(*shape: int) -> Any:
        return rng.normal(scale=np.prod(shape[:-1]) ** -0.5, size=shape)

    match layer:
        case planned.Dense():
            return [normal(features, layer.units)] + [normal(layer.units)] * layer.use_bias
        case planned.Conv2D():
            size = layer.kernel_size
            return [normal(size, size, features, layer.filters)] + [normal(layer.filters)] * layer.use_bias
        case planned.Recurrent():
            gates = {"lstm": 4, "gru": 3, "simple_rnn": 1}[layer.cell] * layer.units
            bias = normal(2, gates) if layer.cell == "gru" else normal(gates)
            return [normal(features, gates), normal(layer.units, gates), bias]
        case planned.BatchNormalization():
            affine = [normal(features) for _ in range(layer.scale + layer.center)]
            variance = 10 ** rng.uniform(-8, 1, features)
            return [*affine, deviations * normal(features) * np.sqrt(variance + layer.epsilon), variance]
    return []


def allowed(network: Folded, rows: Array) -> float:
    return allowed_difference(lambda weights: predictions(replace(network, weights=weights), rows), network.weights)


@settings(max_examples=50, deadline=None)
@given(
    network=st.sampled_from(list(NETWORKS.values())),
    batch_norm=st.fixed_dictionaries(
        {
            "placement": st.sampled_from(["none", "before_activation", "after_activation"]),
            "epsilon": st.sampled_from([1e-3, 1e-5]),
            **{flag: st.booleans() for flag in ("center", "scale", "on_input", "on_output")},
        }
    ),
    activation=st.sampled_from(["relu", "sigmoid", "linear"]),
    dropout=st.sampled_from([0.0, 0.5]),
    bias=st.booleans(),
    deviations=st.sampled_from([1.0, 30.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_folded_and_unfolded_agree(
    network: Any, batch_norm: Any, activation: str, dropout: float, bias: bool, deviations: float, seed: int
) -> None:
    """Compared before the softmax, which would hide differences, relative to the largest output of a row or more."""
    spec = {"dataset": "digits", "network": network, "batch_norm": batch_norm, "activation": activation}
    layers = [
        replace(layer, use_bias=layer.use_bias or bias) if isinstance(layer, planned.Dense | planned.Conv2D) else layer
        for layer in architecture.plan(TrainingSpec.model_validate({**spec, "dropout": dropout}))
    ]
    if isinstance(layers[-1], planned.Dense):
        layers[-1] = replace(layers[-1], activation="linear")
    else:
        del layers[-1]
    rng = np.random.default_rng(seed)
    weights = random_weights(layers, (8, 8), rng, deviations)
    rows = rng.normal(size=(8, 8, 8)).astype(np.float32)
    original, folded = unfolded(layers, weights), fold(layers, weights)
    expected = predictions(original, rows)
    assert np.abs(predictions(folded, rows) - expected).max() <= allowed(original, rows)
    assert sum(counts(folded)) == original.kept_layers
    assert sum(isinstance(layer, planned.BatchNormalization) for layer in folded.layers) == folded.kept_layers


KEPT = {
    "mlp": (0, 0),
    "cnn-valid": (0, 1),  # before a pooling
    "cnn-valid-pooled-late": (0, 1),
    "cnn-same": (1, 2),  # the input's, before a padded convolution
    "lstm": (2, 2),  # the input's and that between the recurrent layers
    "gru": (2, 2),
    "simple_rnn": (2, 2),
}


@pytest.mark.parametrize("placement", ["before_activation", "after_activation"])
@pytest.mark.parametrize("kind", NETWORKS)
def test_folded_agrees_with_keras(kind: str, placement: str) -> None:
    batch_norm = {"placement": placement, "on_input": True, "on_output": True}
    spec = TrainingSpec.model_validate(
        {"dataset": "digits", "network": NETWORKS[kind], "batch_norm": batch_norm, "dropout": 0.5}
    )
    model, layers, rng = networks.build(spec), architecture.plan(spec), np.random.default_rng(0)
    weights = random_weights(layers, (8, 8), rng)
    for built, of_layer in zip(model.layers, weights, strict=True):
        if of_layer:
            built.set_weights(of_layer)
    rows = rng.normal(size=(9, 8, 8)).astype(np.float32)
    folded = fold(layers, weights)
    difference = predictions(folded, rows) - np.asarray(model(rows, training=False))
    assert np.abs(difference).max() <= allowed(unfolded(layers, weights), rows)
    assert folded.kept_layers == KEPT[kind][placement == "after_activation"]
    assert folded.folded_layers > 0


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_keep_no_batch_normalization(name: str) -> None:
    layers = architecture.plan(spec_of(**PUBLISHED[name][0]))
    row_shape = spec_of(**PUBLISHED[name][0]).dataset.row_shape
    folded = fold(layers, random_weights(layers, row_shape, np.random.default_rng(0)))
    assert counts(folded) == (sum(isinstance(layer, planned.BatchNormalization) for layer in layers), 0)


def test_the_mnist_cnn_keeps_what_is_pooled() -> None:
    layers = architecture.plan(spec_of(dataset="mnist", network="cnn", batch_norm="after_activation"))
    assert counts(fold(layers, random_weights(layers, (28, 28), np.random.default_rng(0)))) == (2, 2)


def test_linear_then_normalization_in_numbers() -> None:
    """-3 (2 x - 1) / 2 + 4 = -3 x + 5.5"""
    normalization = planned.BatchNormalization(0.99, 1.0, center=True, scale=True)
    statistics = [array(-3), array(4), array(1), array(3)]
    folded = fold([planned.Dense(1, "linear", use_bias=False), normalization], [[array([2])], statistics])
    assert folded.layers == [planned.Dense(1, "linear", use_bias=True)]
    assert [weight.tolist() for weight in folded.weights[0]] == [[[-3.0]], [5.5]]


def test_normalization_then_linear_in_numbers() -> None:
    """2 (-3 (x - 1) / 2 + 4) + 7 = -3 x + 18"""
    normalization = planned.BatchNormalization(0.99, 1.0, center=True, scale=True)
    statistics = [array(-3), array(4), array(1), array(3)]
    folded = fold([normalization, planned.Dense(1, "tanh", use_bias=True)], [statistics, [array([2]), array(7)]])
    assert folded.layers == [planned.Dense(1, "tanh", use_bias=True)]
    assert [weight.tolist() for weight in folded.weights[0]] == [[[-3.0]], [18.0]]


CHAINS: dict[str, tuple[list[planned.Layer], planned.Shape, tuple[int, int]]] = {
    "between two linear layers": ([LINEAR, BN, LINEAR], (4,), (1, 0)),
    "on both sides of one": ([BN, LINEAR, BN], (4,), (2, 0)),
    "after an activation at the end": ([RELU, BN], (4,), (0, 1)),
    "between two activations": ([RELU, BN, planned.Activation("relu"), RELU], (4,), (0, 1)),
    "flattened": ([BN, planned.Dropout(0.5), planned.Flatten(), RELU], (2, 5, 3), (1, 0)),
    "reshaped to rows of whole features": ([BN, planned.Reshape((2, 6)), planned.Flatten(), RELU], (4, 3), (1, 0)),
    "reshaped to images of whole features": ([BN, planned.Reshape((4, 4, 6)), VALID], (32, 3), (1, 0)),
    "reshaped across features": ([BN, planned.Reshape((4, 3, 1)), VALID], (4, 3), (0, 1)),
    "before a convolution": ([BN, VALID], (5, 5, 3), (1, 0)),
    "before a padded convolution": ([BN, planned.Conv2D(2, 3, "same", "relu", True)], (5, 5, 3), (0, 1)),
    "before a padded convolution of one pixel": ([BN, planned.Conv2D(2, 1, "same", "relu", True)], (5, 5, 3), (1, 0)),
    "after a padded convolution": ([planned.Conv2D(2, 3, "same", "linear", False), BN], (5, 5, 3), (1, 0)),
    "before pooling": ([BN, planned.MaxPooling2D(), planned.Flatten(), RELU], (4, 4, 3), (0, 1)),
    "before a recurrent layer": ([BN, planned.Recurrent("lstm", 3, False)], (4, 3), (0, 1)),
    "after a recurrent layer": ([planned.Recurrent("gru", 3, False), BN, RELU], (4, 3), (1, 0)),
}  # fmt: skip


@pytest.mark.parametrize("chain", CHAINS)
def test_where_it_is_folded(chain: str) -> None:
    layers, row_shape, expected = CHAINS[chain]
    rng = np.random.default_rng(0)
    weights = random_weights(layers, row_shape, rng)
    before = [weight.copy() for of_layer in weights for weight in of_layer]
    rows = rng.normal(size=(6, *row_shape)).astype(np.float32)
    original, folded = unfolded(layers, weights), fold(layers, weights)
    assert counts(folded) == expected
    assert np.abs(predictions(folded, rows) - predictions(original, rows)).max() <= allowed(original, rows)
    after = [weight for of_layer in weights for weight in of_layer]
    assert all(np.array_equal(*pair) for pair in zip(before, after, strict=True))


def test_a_negative_gamma_is_why_pooling_keeps_it() -> None:
    """Folded behind the pooling it would give ``f max(x) + s``; the network computes ``f min(x) + s``."""
    layers: list[planned.Layer] = [BN, planned.MaxPooling2D(), planned.Flatten()]
    rows = array([1, 2, 3, 4]).reshape(1, 2, 2, 1)
    folded = fold(layers, [[array(-1), array(0), array(0), array(0.999)], [], []])
    assert predictions(folded, rows) == pytest.approx(-rows.min())


@pytest.mark.parametrize("layers", [[LINEAR, BN], [BN, RELU]])
@pytest.mark.parametrize(
    ("gamma", "mean", "variance", "kernel"),
    [
        (1e38, 0.0, 0.0, 1e-10),  # the factor alone
        (1e30, 0.0, 1.0, 1e10),  # the merged kernel alone
        (3e37, 300.0, 1.0, 1.0),  # the shift
        (1.0, np.nan, 1.0, 1.0),
        (1.0, np.inf, 1.0, 1.0),
        (1.0, 0.0, -1.0, 1.0),
        (np.nan, 0.0, 1.0, 1.0),
    ],
)
def test_out_of_float32s_range_it_stays(
    layers: list[planned.Layer], gamma: float, mean: float, variance: float, kernel: float
) -> None:
    position = layers.index(BN)
    weights = random_weights(layers, (3,), np.random.default_rng(0))
    weights[position] = [np.full(3, value, np.float32) for value in (gamma, 0.0, mean, variance)]
    weights[1 - position][0] *= np.float32(kernel)
    folded = fold(layers, weights)
    assert counts(folded) == (0, 1)
    assert folded.weights[position] == weights[position]


def test_a_diverged_linear_layer_is_left_alone() -> None:
    layers: list[planned.Layer] = [BN, RELU]
    weights = random_weights(layers, (3,), np.random.default_rng(0))
    weights[1][0][0, 0] = np.nan
    assert counts(fold(layers, weights)) == (0, 1)


@pytest.mark.parametrize(("deviations", "expected"), [(0, (1, 0)), (3, (1, 0)), (1000, (0, 1))])
def test_means_far_from_zero_keep_the_normalization_before_a_linear_layer(
    deviations: float, expected: tuple[int, int]
) -> None:
    """1e-5 would be lost: merged, terms a thousand times the outputs cancel."""
    layers: list[planned.Layer] = [BN, RELU]
    rng = np.random.default_rng(0)
    features = 200
    weights = random_weights(layers, (features,), rng)
    weights[0] = [array(*[value] * features) for value in (1.0, 0.0, deviations, 0.999)]
    rows = (deviations + rng.normal(size=(20, features))).astype(np.float32)
    folded = fold(layers, weights)
    assert counts(folded) == expected
    assert np.allclose(predictions(folded, rows), predictions(unfolded(layers, weights), rows), atol=1e-5)
