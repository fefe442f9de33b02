"""Shapes, weights and work of a list of layers; shapes are one row's, without the batch axis."""

from math import prod

from bn_models.plan.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPooling2D,
    Recurrent,
    Reshape,
    Shape,
)


class PlanError(ValueError):
    """The spec's network cannot be applied to the spec's dataset."""


def output_shapes(layers: tuple[Layer, ...], row_shape: Shape) -> list[Shape]:
    """The shape after each layer; raises PlanError where nothing would be left."""
    shapes = []
    shape = row_shape
    for position, layer in enumerate(layers):
        shape = _output_shape(layer, shape)
        if min(shape, default=1) < 1:
            raise PlanError(
                f"layer {position + 1} ({type(layer).__name__}) has nothing left to work on: the rows of this dataset "
                f"have shape {row_shape}; use fewer or smaller kernels, less pooling, or padding 'same'"
            )
        shapes.append(shape)
    return shapes


def parameter_count(layers: tuple[Layer, ...], row_shape: Shape) -> int:
    """Number of weights, the moving statistics included, as Keras's ``count_params`` says it."""
    inputs = [row_shape, *output_shapes(layers, row_shape)]
    return sum(_parameters(layer, shape) for layer, shape in zip(layers, inputs, strict=False))


def multiply_adds(layers: tuple[Layer, ...], row_shape: Shape) -> int:
    """Multiply-adds of the linear layers for one row's forward pass: the measure of a network's cost."""
    inputs = [row_shape, *output_shapes(layers, row_shape)]
    total = 0
    for layer, before, after in zip(layers, inputs, inputs[1:], strict=False):
        match layer:
            case Dense():
                total += before[-1] * layer.units
            case Conv2D():
                total += prod(after) * layer.kernel_size**2 * before[-1]
            case Recurrent():
                total += before[0] * _parameters(layer, before)
    return total


def _output_shape(layer: Layer, shape: Shape) -> Shape:
    match layer:
        case Reshape():
            return layer.shape
        case Flatten():
            return (prod(shape),)
        case Dense():
            return (*shape[:-1], layer.units)
        case Conv2D():
            lost = layer.kernel_size - 1 if layer.padding == "valid" else 0
            return (shape[0] - lost, shape[1] - lost, layer.filters)
        case MaxPooling2D():
            return (shape[0] // 2, shape[1] // 2, shape[2])
        case Recurrent():
            return (shape[0], layer.units) if layer.return_sequences else (layer.units,)
        case BatchNormalization() | Activation() | Dropout():
            return shape


def _parameters(layer: Layer, shape: Shape) -> int:
    match layer:
        case Dense():
            return (shape[-1] + layer.use_bias) * layer.units
        case Conv2D():
            return (layer.kernel_size**2 * shape[-1] + layer.use_bias) * layer.filters
        case Recurrent():
            gates = {"lstm": 4, "gru": 3, "simple_rnn": 1}[layer.cell]
            biases = 2 if layer.cell == "gru" else 1  # Keras's GRU keeps separate input and recurrent biases
            return gates * layer.units * (shape[-1] + layer.units + biases)
        case BatchNormalization():
            return (2 + layer.center + layer.scale) * shape[-1]
        case _:
            return 0
