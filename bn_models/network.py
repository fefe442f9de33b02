"""TrainingSpec -> keras.Sequential, and the initial values of everything in it.

Initial values are a function of the seed and a layer's position among the linear layers, not among all layers: runs
that differ only in batch normalization start from the same kernels, so a comparison by seed is a paired one.
"""

from typing import Any, assert_never

import keras
import numpy as np

from bn_models import plan as planned
from bn_models.datasets import Preprocessing
from bn_models.spec import TrainingSpec

Array = np.ndarray[Any, Any]
LINEAR = (planned.Dense, planned.Conv2D, planned.Recurrent)


def build(spec: TrainingSpec, normalization: Any = keras.layers.BatchNormalization) -> Any:
    """A ``keras.Sequential`` with one layer for each of the plan's; float32 inputs, already preprocessed.

    ``normalization`` is the class of its batch normalizations.
    """
    layers = [_keras_layer(layer, normalization) for layer in planned.plan(spec)]
    return keras.Sequential([keras.Input(spec.dataset.row_shape), *layers])


def _keras_layer(layer: planned.Layer, normalization: Any) -> Any:
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


def to_target_units(model: Any, target: Preprocessing) -> None:
    """Has a regression's model, trained on ``(raw - offset) * scale``, predict in the raw target's units.

    Its last layer is linear with a bias, so that this is exact.
    """
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel / target.scale, bias / target.scale + target.offset])


def initialize(model: Any, spec: TrainingSpec) -> None:
    """Sets every variable of ``model``, which was built for ``spec``'s architecture, to its initial value."""
    for variable, value in zip(model.variables, initial_values(model, spec), strict=True):
        variable.assign(value)


def initial_values(model: Any, spec: TrainingSpec) -> list[Array]:
    """In the order of ``model.variables``: the weights and the states of the random number generators."""
    values: dict[int, Array] = {}
    linear = 0
    for position, (layer, keras_layer) in enumerate(zip(planned.plan(spec), model.layers, strict=True)):
        for weight in keras_layer.weights:
            values[id(weight)] = _initial_weight(layer, weight, spec, linear)
        linear += isinstance(layer, LINEAR)
        for state in keras_layer.variables:
            if id(state) not in values:
                values[id(state)] = np.array([_seed(spec.seed, position, stream=2), 0])
    return [values[id(variable)] for variable in model.variables]


def _initial_weight(layer: planned.Layer, weight: Any, spec: TrainingSpec, linear: int) -> Array:
    shape = tuple(weight.shape)
    match weight.name:
        case "kernel":
            return _draw(spec.kernel_initializer, shape, _seed(spec.seed, linear, stream=0))
        case "recurrent_kernel":
            return _draw("orthogonal", shape, _seed(spec.seed, linear, stream=1))
        case "gamma" | "moving_variance":
            return np.ones(shape, np.float32)
        case "bias" if isinstance(layer, planned.Recurrent) and layer.cell == "lstm":
            bias = np.zeros(shape, np.float32)
            bias[layer.units : 2 * layer.units] = 1.0  # the forget gate starts open (Jozefowicz et al. 2015)
            return bias
        case "bias" | "beta" | "moving_mean":
            return np.zeros(shape, np.float32)
        case name:
            raise AssertionError(f"no initial value for {name}")


def _draw(initializer: str, shape: tuple[int, ...], seed: int) -> Array:
    values: Array = np.asarray(keras.initializers.get({"class_name": initializer, "config": {"seed": seed}})(shape))
    return values


def _seed(seed: int, position: int, stream: int) -> int:
    """31 bits, which Keras's generators take without folding; streams keep the uses of one position apart."""
    return int(np.random.SeedSequence((seed, position, stream)).generate_state(1)[0] >> 1)
