"""The layers of a network as plain values: what Keras will build, what it will weigh, without TensorFlow.

One list serves everything that has to know the architecture: :mod:`bn_models.network.build` builds it in Keras,
:mod:`bn_models.export.onnx_writer` writes it as ONNX, and the API counts its parameters before a job is accepted.
Shapes are one row's, without the batch axis.
"""

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
)
from bn_models.plan.shapes import PlanError, output_shapes
from bn_models.spec import TrainingSpec
from bn_models.spec.dataset import Uploaded
from bn_models.spec.network import Cnn, Mlp, Rnn


def plan(spec: TrainingSpec) -> tuple[Layer, ...]:
    """The layers of ``spec``'s network in order, the output included.

    ``before_activation`` is linear -> BN -> activation, ``after_activation`` linear -> activation -> BN. A linear
    layer has no bias exactly when BN follows it directly: the mean would take the bias away again. Recurrent cells
    keep their activations inside, so either placement puts BN on their output. Dropout comes last in a block.

    Raises PlanError when a convolution or pooling would be left without pixels, and for an unknown dataset.
    """
    if isinstance(spec.dataset, Uploaded) and not spec.dataset.known:
        raise PlanError(f"there is no dataset {spec.dataset.name!r}: it is not built in, nor known to be uploaded")
    layers = _input_layers(spec)
    if spec.batch_norm.on_input:
        layers.append(_batch_norm(spec))
    network = spec.network
    match network:
        case Mlp():
            dense_units = network.hidden_units
        case Cnn():
            assert network.pool_after is not None
            for filters, pool in zip(network.conv_filters, network.pool_after, strict=True):
                layers += _block(spec, filters, convolution=network, pool=pool)
            layers.append(Flatten())
            dense_units = network.dense_units
        case Rnn():
            for i, units in enumerate(network.units):
                layers += _recurrent_block(spec, units, last=i == len(network.units) - 1)
            dense_units = network.dense_units
    for units in dense_units:
        layers += _block(spec, units)
    layers += _output_layers(spec)
    output_shapes(tuple(layers), spec.dataset.row_shape)
    return tuple(layers)


def _input_layers(spec: TrainingSpec) -> list[Layer]:
    """Brings a raw row to the form the network reads: (features), (height, width, channels) or (time, features)."""
    shape = spec.dataset.row_shape
    match spec.network:
        case Mlp():
            return [Flatten()] if len(shape) > 1 else []
        case Cnn():
            if len(shape) == 1:
                raise PlanError(
                    f"a cnn needs images, but the rows of {spec.dataset.name} have shape {shape}: use kind 'mlp'"
                )
            return [Reshape((*shape, 1))] if len(shape) == 2 else []
        case Rnn():
            return [] if len(shape) == 2 else [Reshape((shape[0], prod(shape[1:])))]


def _block(spec: TrainingSpec, units: int, convolution: Cnn | None = None, pool: bool = False) -> list[Layer]:
    placement, activation = spec.batch_norm.placement, spec.activation
    fused = "linear" if placement == "before_activation" else activation
    use_bias = placement == "none" or fused != "linear"
    block: list[Layer]
    if convolution is None:
        block = [Dense(units, fused, use_bias)]
    else:
        block = [Conv2D(units, convolution.kernel_size, convolution.padding, fused, use_bias)]
    if placement != "none":
        block.append(_batch_norm(spec))
    if placement == "before_activation" and activation != "linear":
        block.append(Activation(activation))
    if pool:
        block.append(MaxPooling2D())
    return block + _dropout(spec)


def _recurrent_block(spec: TrainingSpec, units: int, last: bool) -> list[Layer]:
    assert isinstance(spec.network, Rnn)
    block: list[Layer] = [Recurrent(spec.network.cell, units, return_sequences=not last)]
    if spec.batch_norm.placement != "none":
        block.append(_batch_norm(spec))
    return block + _dropout(spec)


def _output_layers(spec: TrainingSpec) -> list[Layer]:
    if spec.regression:
        return [Dense(1, "linear", use_bias=True)]
    softmax = spec.dataset.classes > 2 or spec.output == "softmax"
    units, activation = (spec.dataset.classes, "softmax") if softmax else (1, "sigmoid")
    if spec.batch_norm.on_output:
        return [Dense(units, "linear", use_bias=False), _batch_norm(spec), Activation(activation)]
    return [Dense(units, activation, use_bias=True)]


def _batch_norm(spec: TrainingSpec) -> BatchNormalization:
    bn = spec.batch_norm
    return BatchNormalization(bn.momentum, bn.epsilon, bn.center, bn.scale)


def _dropout(spec: TrainingSpec) -> list[Layer]:
    return [Dropout(spec.dropout)] if spec.dropout > 0 else []
