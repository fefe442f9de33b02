"""A network's plan and weights -> inference-mode ONNX bytes, without TensorFlow.

The layer list is short and sequential and needs about ten operators, so the graph is written directly: milliseconds
instead of the second that a traced conversion takes. :mod:`bn_models.export.certificate` compares every model with
Keras.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bn_models.datasets.arrays import DType, Preprocessing
from bn_models.export.folding import Weights, factor_and_shift
from bn_models.export.recurrent_weights import recurrent_weights
from bn_models.plan import layers as planned
from bn_models.plan import shapes

OPSET = 20  # the first one with Gelu
IR_VERSION = 10

ONNX_TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "gelu": ("Gelu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "softplus": ("Softplus", {}),
    "softmax": ("Softmax", {"axis": -1}),
}


def to_onnx(
    layers: Sequence[planned.Layer],
    weights: Sequence[Weights],
    row_shape: planned.Shape,
    preprocessing: Preprocessing,
    labels: Sequence[str | int] = (),
    *,
    columns: Sequence[str] = (),
    target: Preprocessing | None = None,
) -> bytes:
    """An ONNX model from raw rows ``input`` (batch, \\*row_shape) to ``output`` (batch, outputs).

    ``weights[i]`` are the weights of layer ``i`` as Keras's ``layer.get_weights()`` orders them. ``input`` is
    raw, of the dtype that ``preprocessing`` needs, which the graph begins with; ``output`` is float32 or, with a
    ``target`` that needs it, float64 in the target's unit. ``labels`` name the classes and ``columns`` the numbers of a
    row; they become the metadata properties ``labels`` and ``columns``, JSON lists.
    """
    graph = _Graph()
    graph.preprocess(preprocessing)
    for layer, of_layer in zip(layers, weights, strict=True):
        graph.add(layer, of_layer)
    output_dtype: DType = "float32"
    if target is not None and target.raw_dtype == "float64":
        graph.to_target_unit(target)
        output_dtype = "float64"
    outputs = shapes.output_shapes(tuple(layers), row_shape)[-1]
    model = graph.model(row_shape, outputs, preprocessing.raw_dtype, output_dtype)
    names = {"labels": labels, "columns": columns}
    helper.set_model_props(model, {name: json.dumps(values) for name, values in names.items() if values})
    data: bytes = model.SerializeToString()
    return data


class _Graph:
    """The nodes so far; ``value`` is the name of the last one's output.

    Images lie in memory as ONNX wants them, channels first, between the first convolution and the flattening.
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.value = "input"
        self.channels_first = False

    def node(self, operator: str, *constants: NDArray[Any] | None, **attributes: Any) -> None:
        """Applies ``operator`` to the value; ``constants`` are its further inputs."""
        inputs = [self.value, *(self._constant(constant) for constant in constants)]
        self.value = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [self.value], **attributes))

    def preprocess(self, preprocessing: Preprocessing) -> None:
        if preprocessing.centers:
            if preprocessing.raw_dtype == "float32":
                self.node("Cast", to=TensorProto.DOUBLE)
            self.node("Sub", np.array(preprocessing.offset, np.float64))
            self.node("Mul", np.array(preprocessing.scale, np.float64))
            self.node("Cast", to=TensorProto.FLOAT)
        elif np.any(np.not_equal(preprocessing.scale, 1.0)):
            self.node("Mul", np.array(preprocessing.scale, np.float32))

    def to_target_unit(self, target: Preprocessing) -> None:
        self.node("Cast", to=TensorProto.DOUBLE)
        self.node("Div", np.array(target.scale, np.float64))
        self.node("Add", np.array(target.offset, np.float64))

    def add(self, layer: planned.Layer, weights: Weights) -> None:
        match layer:
            case planned.Reshape():
                self.node("Reshape", np.array([0, *layer.shape], np.int64))  # 0 keeps the batch axis
            case planned.Flatten():
                self._images(channels_first=False)
                self.node("Flatten")
            case planned.Dense():
                self.node("Gemm", *weights)
                self._activate(layer.activation)
            case planned.Conv2D():
                self._convolve(layer, *weights)
                self._activate(layer.activation)
            case planned.MaxPooling2D():
                self._images(channels_first=True)
                self.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
            case planned.Recurrent():
                self._recur(layer, weights)
            case planned.BatchNormalization():
                self._normalize(layer, weights)
            case planned.Activation():
                self._activate(layer.name)
            case planned.Dropout():
                pass  # only in training

    def model(
        self, row_shape: planned.Shape, output_shape: planned.Shape, input_dtype: DType, output_dtype: DType
    ) -> onnx.ModelProto:
        self.nodes[-1].output[0] = "output"
        graph = helper.make_graph(
            self.nodes,
            "bnlab",
            [helper.make_tensor_value_info("input", ONNX_TYPES[input_dtype], ["batch", *row_shape])],
            [helper.make_tensor_value_info("output", ONNX_TYPES[output_dtype], ["batch", *output_shape])],
            self.initializers,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)

    def _constant(self, value: NDArray[Any] | None) -> str:
        if value is None:
            return ""  # an optional input left out
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _images(self, channels_first: bool) -> None:
        if self.channels_first != channels_first:
            self.node("Transpose", perm=[0, 3, 1, 2] if channels_first else [0, 2, 3, 1])
            self.channels_first = channels_first

    def _convolve(
        self, layer: planned.Conv2D, kernel: NDArray[np.float32], bias: NDArray[np.float32] | None = None
    ) -> None:
        self._images(channels_first=True)
        auto_pad = "SAME_UPPER" if layer.padding == "same" else "VALID"
        self.node("Conv", np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), bias, auto_pad=auto_pad)

    def _recur(self, layer: planned.Recurrent, weights: Weights) -> None:
        operator, attributes, constants = recurrent_weights(layer.cell, weights)
        self.node("Transpose", perm=[1, 0, 2])  # (time, batch, features)
        self.node(operator, *constants, hidden_size=layer.units, **attributes)
        if layer.return_sequences:  # (time, 1, batch, units)
            self.node("Squeeze", np.array([1], np.int64))
            self.node("Transpose", perm=[1, 0, 2])
        else:
            self.nodes[-1].output.insert(0, "")  # the last state alone: (1, batch, units)
            self.node("Squeeze", np.array([0], np.int64))

    def _normalize(self, layer: planned.BatchNormalization, weights: Weights) -> None:
        """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` as one multiplication and one addition."""
        shape = (-1, 1, 1) if self.channels_first else (-1,)
        with np.errstate(all="ignore"):  # a diverged run's statistics
            factor, shift = (value.astype(np.float32).reshape(shape) for value in factor_and_shift(layer, weights))
        self.node("Mul", factor)
        self.node("Add", shift)

    def _activate(self, name: str) -> None:
        if name == "silu":
            before = self.value
            self.node("Sigmoid")
            inputs, self.value = [before, self.value], f"silu_{len(self.nodes)}"
            self.nodes.append(helper.make_node("Mul", inputs, [self.value]))
        elif name != "linear":
            operator, attributes = ACTIVATIONS[name]
            self.node(operator, **attributes)
