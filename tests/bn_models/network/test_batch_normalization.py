from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bn_models.network.batch_normalization import FusedBatchNormalization, plain

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


def test_plain_is_a_class_that_every_keras_has() -> None:
    model = keras.Sequential([keras.Input((4, 4, 2)), FusedBatchNormalization(momentum=0.7)])
    copy = plain(model.layers[0])
    assert type(copy) is keras.layers.BatchNormalization
    assert copy.get_config() == model.layers[0].get_config()
    assert all(np.array_equal(a, b) for a, b in zip(copy.get_weights(), model.layers[0].get_weights(), strict=True))
