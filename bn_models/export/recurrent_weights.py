"""Weights of Keras's recurrent layers in the order of ONNX's operators.

The equations are the same, the gates are stored in another order: Keras's LSTM has input, forget, cell, output and
ONNX's input, output, forget, cell; Keras's GRU (``reset_after``) and ONNX's (``linear_before_reset``) both have update,
reset, hidden. Source: the LSTM, GRU and RNN entries of ONNX's operator documentation.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

CELLS: dict[str, tuple[str, dict[str, Any], list[int]]] = {
    "lstm": ("LSTM", {}, [0, 3, 1, 2]),
    "gru": ("GRU", {"linear_before_reset": 1}, [0, 1, 2]),
    "simple_rnn": ("RNN", {}, [0]),
}


def recurrent_weights(cell: str, weights: Sequence[Array]) -> tuple[str, dict[str, Any], list[Array]]:
    """Operator, its attributes, and its inputs W (1, gates * units, features), R (1, gates * units, units), B (1, 2 *
    gates * units), from Keras's kernel, recurrent kernel and bias."""
    operator, attributes, order = CELLS[cell]
    kernel, recurrent_kernel, bias = weights
    biases = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])  # input and recurrent
    both = np.concatenate([_reordered(one[np.newaxis], order)[:, 0] for one in biases])
    return (
        operator,
        attributes,
        [_reordered(kernel, order)[None], _reordered(recurrent_kernel, order)[None], both[None]],
    )


def _reordered(weight: Array, order: list[int]) -> Array:
    """(inputs, gates * units) with Keras's gates -> (gates * units, inputs) with ONNX's."""
    gates = np.split(weight, len(order), axis=1)
    return np.concatenate([gates[gate] for gate in order], axis=1).T.copy()
