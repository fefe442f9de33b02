"""Keras's batch normalization with TensorFlow's fused kernel for images in training mode.

Keras 3 composes it of ten elementwise operations and two reductions, each a pass over the images. The fused kernel
computes the same ``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the batch's mean and biased variance
(Ioffe & Szegedy 2015, algorithm 1), and its gradient, in one pass each.
"""

from typing import Any

import keras
import tensorflow as tf


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras is untyped
    """Fused for (batch, height, width, channels) inputs of a known batch size; everything else is Keras's own."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not training or inputs.shape.rank != 4 or inputs.shape[0] is None:
            return super().call(inputs, training=training, mask=mask)
        gamma, beta = self.gamma if self.scale else None, self.beta if self.center else None
        outputs, mean, variance = fused(inputs, gamma, beta, self.epsilon)
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1 - self.momentum))
        return outputs


def fused(images: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Images (batch, height, width, channels) normalized by their own mean and biased variance, which come with them.

    gamma and beta (channels) or None; the batch size is known.
    """
    channels = images.shape[-1]
    outputs, mean, sample_variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=images,
        scale=tf.ones(channels) if gamma is None else gamma,
        offset=tf.zeros(channels) if beta is None else beta,
        mean=tf.zeros(0),
        variance=tf.zeros(0),
        epsilon=epsilon,
    )
    count = images.shape.num_elements() // channels
    # The kernel gives m / (m - 1) times the variance it divides by; Keras's moving variance is the biased one.
    return outputs, mean, sample_variance * ((count - 1) / count)
