"""Whether two computations of the same predictions agree, row by row."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.inference import InferenceModel
from bn_models.plan import layers as planned

TOLERANCE = 1e-4
"""Largest difference of a probability, or of a larger number as a part of it. Two orders of float32 summation differ by
about 1e-6."""

Rows = NDArray[np.floating[Any]]


class Disagreement(Exception):
    """The two differ by more than rounding does."""


class FiniteOnOneSide(Disagreement):
    """One of the two has a prediction where the other has none."""


def difference(first: Rows, second: Rows, names: str) -> float:
    """The largest absolute difference of rows (rows, outputs) that are finite on both sides, 0.0 without any.

    A row of which an output is not finite is no prediction: it must be none on both sides, whatever its outputs are:
    raises FiniteOnOneSide, and Disagreement for numbers that differ.
    """
    finite = np.isfinite(first).all(axis=1)
    if not np.array_equal(finite, np.isfinite(second).all(axis=1)):
        raise FiniteOnOneSide(f"{names}: predictions are finite on one side only")
    first, second = first[finite].astype(np.float64), second[finite].astype(np.float64)
    largest = float(np.max(np.abs(first - second), initial=0.0))
    if largest > TOLERANCE * max(1.0, float(np.max(np.abs(first), initial=0.0))):
        raise Disagreement(f"{names} differ by {largest:.2g}, more than {TOLERANCE:g}")
    return largest


def check_independence(exported: InferenceModel, rows: Rows, unit: Callable[[Rows], Rows] = lambda rows: rows) -> None:
    """Raises Disagreement when a row's prediction, in its ``unit``, depends on the rows beside it."""
    batch = unit(exported.predict(rows))
    order = np.random.default_rng(0).permutation(len(rows))
    difference(batch[order], unit(exported.predict(rows[order])), "a batch and the same batch shuffled")
    difference(batch[:1], unit(exported.predict(rows[:1])), "a row alone and in a batch")


def without_output_function(layers: Sequence[planned.Layer]) -> tuple[planned.Layer, ...] | None:
    """The network up to its logits; None when its output has no function to leave out."""
    *inner, last = layers
    match last:
        case planned.Activation():
            return (*inner, planned.Activation("linear"))
        case planned.Dense(_, activation, _) if activation != "linear":
            return (*inner, replace(last, activation="linear"))
    return None


def keras_logits(model: Any, x: Any) -> Rows:
    """What goes into the output's function of a Keras model, for preprocessed rows ``x``: (rows, outputs)."""
    *inner, last = model.layers
    for layer in inner:
        x = layer(x, training=False)
    if hasattr(last, "kernel"):
        x = x @ last.kernel + (0.0 if last.bias is None else last.bias)
    return np.asarray(x)
