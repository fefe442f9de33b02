from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bn_models.network.batch_normalization import FusedBatchNormalization
from tests.support.keras_models import initialized

Layers = tuple[Any, Any]


def pair(shape: tuple[int, ...], **arguments: Any) -> Layers:
    """Keras's layer and the fused one with the same random weights."""
    rng = np.random.default_rng(0)
    layers = keras.layers.BatchNormalization(**arguments), FusedBatchNormalization(**arguments)
    for layer in layers:
        layer.build((None, *shape[1:]))
    weights = [np.abs(rng.normal(size=weight.shape)) + 0.1 for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


@pytest.mark.parametrize("shape", [(8, 5, 5, 3), (1, 4, 4, 2), (2, 1, 1, 3), (8, 3)])
@pytest.mark.parametrize(("center", "scale"), [(True, True), (False, True), (True, False), (False, False)])
def test_outputs_gradients_and_moving_statistics_are_those_of_keras(
    shape: tuple[int, ...], center: bool, scale: bool
) -> None:
    x = tf.constant(np.random.default_rng(1).normal(2.0, 3.0, shape).astype(np.float32))
    upstream = tf.constant(np.random.default_rng(2).normal(size=shape).astype(np.float32))
    results = []
    for layer in pair(shape, center=center, scale=scale, momentum=0.8, epsilon=1e-3):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) * upstream)
        gradients = tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])
        results.append([layer(x, training=True), *gradients, *layer.get_weights(), layer(x, training=False)])
    for keras_result, fused_result in zip(*results, strict=True):
        np.testing.assert_allclose(fused_result, keras_result, rtol=2e-4, atol=2e-4)


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
