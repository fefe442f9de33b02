"""Keras's batch normalization with TensorFlow's fused kernel for images in training mode.

Keras 3 composes it of ten elementwise operations and two reductions, each a pass over the images. The fused kernel
computes the same ``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the batch's mean and biased variance
(Ioffe & Szegedy 2015, algorithm 1), and its gradient, in one pass each.
"""

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras is untyped
    """For (batch, height, width, channels) inputs of a known batch size; everything else is Keras's own."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not training or inputs.shape.rank != 4 or inputs.shape[0] is None:
            return super().call(inputs, training=training, mask=mask)
        channels = inputs.shape[-1]
        outputs, mean, sample_variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma if self.scale else tf.ones(channels),
            offset=self.beta if self.center else tf.zeros(channels),
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
        )
        count = inputs.shape.num_elements() // channels
        # The kernel gives m / (m - 1) times the variance it divides by; Keras's moving variance is the biased one.
        variance = sample_variance * ((count - 1) / count)
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1 - self.momentum))
        return outputs


def plain(layer: Any) -> Any:
    """``layer`` as a class that every Keras has, with the same name, configuration and weights."""
    if not isinstance(layer, FusedBatchNormalization):
        return layer
    copy = keras.layers.BatchNormalization.from_config(layer.get_config())
    copy.build(layer.input.shape)
    copy.set_weights(layer.get_weights())
    return copy
