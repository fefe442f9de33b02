"""ONNX against Keras, layer by layer of the plan, with statistics that a trained network could have."""

import subprocess
import sys
from typing import Any, get_args

import keras
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.onnx_writer import to_onnx
from bn_models.inference import InferenceModel
from bn_models.network import initialization
from bn_models.network.build import build, layer_weights
from bn_models.plan.architecture import plan
from bn_models.plan.layers import Activation, Dense
from bn_models.spec import TrainingSpec
from bn_models.spec.network import Activation as ActivationName
from bn_models.spec.network import BatchNorm
from tests.support.networks import EXPORTED
from tests.support.rounding import allowed_difference


def random_model(spec: TrainingSpec, seed: int = 0) -> Any:
    """Keras's network with random weights, gammas of both signs and small variances."""
    rng = np.random.default_rng(seed)
    model = build(spec)
    initialization.initialize(model, spec)
    for weight in model.weights:
        values = rng.normal(scale=0.5, size=weight.shape)
        weight.assign(10 ** rng.uniform(-6, 1, weight.shape) if weight.name == "moving_variance" else values)
    return model


def assert_keras_predicts_the_same(spec: TrainingSpec, seed: int = 0) -> None:
    """Compared before an output normalization's softmax, which is all but one-hot and would hide differences."""
    model, layers = random_model(spec, seed), plan(spec)
    if isinstance(layers[-1], Activation):
        model, layers = keras.Sequential([keras.Input(spec.dataset.row_shape), *model.layers[:-1]]), layers[:-1]
    raw = np.random.default_rng(seed).uniform(0, 16, (9, *spec.dataset.row_shape)).astype(np.float32)

    def predictions(weights: list[list[Any]]) -> Any:
        exported = to_onnx(layers, weights, spec.dataset.row_shape, Preprocessing(1 / 16, 8.0))
        onnx.checker.check_model(onnx.load_from_string(exported))
        return InferenceModel(exported).predict(raw)

    weights = layer_weights(model.layers, layers)
    difference = predictions(weights) - np.asarray(model(raw / 16 - 0.5, training=False))
    assert np.abs(difference).max() <= allowed_difference(predictions, weights)


@pytest.mark.parametrize("placement", ["none", "before_activation", "after_activation"])
@pytest.mark.parametrize("kind", EXPORTED)
def test_every_network_and_placement(kind: str, placement: str) -> None:
    batch_norm = {"placement": placement, "on_input": True, "on_output": placement != "none"}
    spec = {"dataset": "digits", "network": EXPORTED[kind], "batch_norm": batch_norm, "dropout": 0.5}
    assert_keras_predicts_the_same(TrainingSpec.model_validate(spec))


@pytest.mark.parametrize("kind", EXPORTED)
def test_a_prediction_does_not_depend_on_its_batch_mates(kind: str) -> None:
    spec = TrainingSpec.model_validate({"dataset": "digits", "network": EXPORTED[kind]})
    layers = plan(spec)
    model = InferenceModel(
        to_onnx(layers, layer_weights(random_model(spec).layers, layers), (8, 8), Preprocessing(1 / 16, 8.0))
    )
    rng = np.random.default_rng(0)
    rows = rng.uniform(0, 16, (40, 8, 8)).astype(np.float32)
    together, order = model.predict(rows), rng.permutation(40)
    assert np.ptp(together, axis=0).max() > 1e-3  # saturated outputs would agree whatever happens
    assert np.allclose(model.predict(rows[order]), together[order], atol=1e-5)
    for size in (1, 2, 3, 16):
        apart = np.concatenate([model.predict(rows[i : i + size]) for i in range(0, 40, size)])
        assert np.allclose(apart, together, atol=1e-5)


@pytest.mark.parametrize("kind", EXPORTED)
def test_no_rows_have_no_predictions(kind: str) -> None:
    """Apart from other tests' processes: onnxruntime aborts on an LSTM or GRU without rows."""
    spec = TrainingSpec.model_validate({"dataset": "digits", "network": EXPORTED[kind]})
    layers = plan(spec)
    exported = to_onnx(layers, layer_weights(random_model(spec).layers, layers), (8, 8), Preprocessing())
    code = (
        "import sys, numpy; from bn_models.inference import InferenceModel; "
        "predictions = InferenceModel(sys.stdin.buffer.read()).predict(numpy.zeros((0, 8, 8), numpy.float32)); "
        "assert predictions.shape == (0, 10) and predictions.dtype == numpy.float32"
    )
    subprocess.run([sys.executable, "-c", code], input=exported, check=True)


@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_every_activation(activation: str) -> None:
    for placement in ("before_activation", "after_activation"):
        spec = {"dataset": "circles", "activation": activation, "batch_norm": placement}
        assert_keras_predicts_the_same(TrainingSpec.model_validate(spec))


@settings(max_examples=15, deadline=None)
@given(center=st.booleans(), scale=st.booleans(), epsilon=st.floats(1e-6, 1.0), seed=st.integers(0, 1000))
def test_any_statistics(center: bool, scale: bool, epsilon: float, seed: int) -> None:
    spec = TrainingSpec.model_validate({"dataset": "circles"}).model_copy(
        update={"batch_norm": BatchNorm(center=center, scale=scale, epsilon=epsilon)}
    )
    assert_keras_predicts_the_same(spec, seed)


def test_two_softmax_units_for_two_classes() -> None:
    spec = TrainingSpec.model_validate({"dataset": "moons", "output": "softmax"})
    assert plan(spec)[-1] == Dense(2, "softmax", use_bias=True)
    assert_keras_predicts_the_same(spec)
