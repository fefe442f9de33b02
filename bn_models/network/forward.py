"""A pass over a network that assigns nothing: no moving statistic, no state of a random number generator."""

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from bn_models.network.batch_normalization import fused
from bn_models.plan import layers as planned

Tensor = Any


@dataclass(frozen=True)
class Passed:
    """One layer of a pass. ``inside`` is what its activation, or what else it is, was applied to."""

    inside: Tensor
    output: Tensor


def forward(layers: tuple[planned.Layer, ...], model: Any, x: Tensor, training: bool) -> list[Passed]:
    """Rows x through ``model``, which was built from ``layers``; one entry a layer.

    In training mode batch normalization takes mean and variance from x, else the moving ones. Dropout lets everything
    pass in either mode: it would draw random numbers.
    """
    passed = []
    for layer, keras_layer in zip(layers, model.layers, strict=True):
        inside, output = _apply(layer, keras_layer, x, training)
        passed.append(Passed(inside, output))
        x = output
    return passed


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance over all axes but the last."""
    mean, variance = tf.nn.moments(x, list(range(x.shape.rank - 1)))
    return mean, variance


def _apply(layer: planned.Layer, keras_layer: Any, x: Tensor, training: bool) -> tuple[Tensor, Tensor]:
    match layer:
        case planned.Dense() | planned.Conv2D():
            linear = _linear(layer, keras_layer, x)
            return linear, keras_layer.activation(linear)
        case planned.BatchNormalization():
            return x, _normalized(layer, keras_layer, x, training)
        case planned.Dropout():
            return x, x
        case planned.Recurrent():
            return x, keras_layer(x, training=False)  # without dropout of its own: the same in both modes
        case _:
            return x, keras_layer(x)


def _linear(layer: planned.Dense | planned.Conv2D, keras_layer: Any, x: Tensor) -> Tensor:
    kernel = keras_layer.kernel
    y = keras_layer.convolution_op(x, kernel) if isinstance(layer, planned.Conv2D) else keras.ops.matmul(x, kernel)
    return y + keras_layer.bias if layer.use_bias else y


def _normalized(layer: planned.BatchNormalization, keras_layer: Any, x: Tensor, training: bool) -> Tensor:
    gamma = keras_layer.gamma if layer.scale else None
    beta = keras_layer.beta if layer.center else None
    if training and x.shape.rank == 4:
        return fused(x, gamma, beta, layer.epsilon)[0]
    mean, variance = moments(x) if training else (keras_layer.moving_mean, keras_layer.moving_variance)
    return tf.nn.batch_normalization(x, mean, variance, offset=beta, scale=gamma, variance_epsilon=layer.epsilon)
