"""The initial values of everything in a network.

They are a function of the seed and a layer's position among the linear layers, not among all layers: runs that differ
only in batch normalization start from the same kernels, so a comparison by seed is a paired one.
"""

from typing import Any

import keras
import numpy as np

from bn_models.plan import architecture, layers
from bn_models.spec import TrainingSpec

Array = np.ndarray[Any, Any]
LINEAR = (layers.Dense, layers.Conv2D, layers.Recurrent)


def initialize(model: Any, spec: TrainingSpec) -> None:
    """Sets every variable of ``model``, which was built for ``spec``'s architecture, to its initial value."""
    for variable, value in zip(model.variables, initial_values(model, spec), strict=True):
        variable.assign(value)


def initial_values(model: Any, spec: TrainingSpec) -> list[Array]:
    """The values in the order of ``model.variables``: the weights and the states of the random number generators."""
    values: dict[int, Array] = {}
    linear = 0
    for position, (layer, keras_layer) in enumerate(zip(architecture.plan(spec), model.layers, strict=True)):
        for weight in keras_layer.weights:
            values[id(weight)] = _initial_weight(layer, weight, spec, linear)
        linear += isinstance(layer, LINEAR)
        for state in keras_layer.variables:
            if id(state) not in values:
                values[id(state)] = np.array([_seed(spec.seed, position, stream=2), 0])
    return [values[id(variable)] for variable in model.variables]


def _initial_weight(layer: layers.Layer, weight: Any, spec: TrainingSpec, linear: int) -> Array:
    shape = tuple(weight.shape)
    match weight.name:
        case "kernel":
            return _draw(spec.kernel_initializer, shape, _seed(spec.seed, linear, stream=0))
        case "recurrent_kernel":
            return _draw("orthogonal", shape, _seed(spec.seed, linear, stream=1))
        case "gamma" | "moving_variance":
            return np.ones(shape, np.float32)
        case "bias" if isinstance(layer, layers.Recurrent) and layer.cell == "lstm":
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
