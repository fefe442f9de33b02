"""TrainingSpec -> keras.Sequential, and the initial values of everything in it.

Initial values are a function of the seed and a layer's position among the linear layers, not among all layers: runs
that differ only in batch normalization start from the same kernels, so a comparison by seed is a paired one.
"""

from collections.abc import Sequence
from typing import Any, assert_never

import keras
import numpy as np

from bn_models.datasets.arrays import Preprocessing
from bn_models.plan import architecture
from bn_models.plan import layers as planned
from bn_models.spec import TrainingSpec

Array = np.ndarray[Any, Any]


def build(spec: TrainingSpec, normalization: Any = keras.layers.BatchNormalization) -> Any:
    """A ``keras.Sequential`` with one layer for each of the plan's; float32 inputs, already preprocessed.

    ``normalization`` is the class of its batch normalizations.
    """
    layers = [keras_layer(layer, normalization) for layer in architecture.plan(spec)]
    return keras.Sequential([keras.Input(spec.dataset.row_shape), *layers])


def keras_layer(layer: planned.Layer, normalization: Any = keras.layers.BatchNormalization) -> Any:
    match layer:
        case planned.Reshape(shape):
            return keras.layers.Reshape(shape)
        case planned.Flatten():
            return keras.layers.Flatten()
        case planned.Dense(units, activation, use_bias):
            return keras.layers.Dense(units, activation=activation, use_bias=use_bias)
        case planned.Conv2D(filters, size, padding, activation, use_bias):
            return keras.layers.Conv2D(filters, size, padding=padding, activation=activation, use_bias=use_bias)
        case planned.MaxPooling2D():
            return keras.layers.MaxPooling2D()
        case planned.Recurrent(cell, units, return_sequences):
            cells = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
            return cells[cell](units, return_sequences=return_sequences)
        case planned.BatchNormalization(momentum, epsilon, center, scale):
            return normalization(momentum=momentum, epsilon=epsilon, center=center, scale=scale)
        case planned.Activation(name):
            return keras.layers.Activation(name)
        case planned.Dropout(rate):
            return keras.layers.Dropout(rate)
        case _:
            assert_never(layer)


def layer_weights(built: Sequence[Any], layers: Sequence[planned.Layer]) -> list[list[Array]]:
    """The weights of each plan layer, which was built as the Keras layer beside it.

    Dropout's random state is none of the model's.
    """
    return [
        [] if isinstance(layer, planned.Dropout) else of_keras.get_weights()
        for layer, of_keras in zip(layers, built, strict=True)
    ]


def to_target_units(model: Any, target: Preprocessing) -> None:
    """Has a regression's model, trained on ``(raw - offset) * scale``, predict in the raw target's units.

    Its last layer is linear with a bias, so that this is exact.
    """
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel / target.scale, bias / target.scale + target.offset])
