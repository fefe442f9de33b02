"""Whether two computations of the same predictions agree, row by row."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.datasets.arrays import Preprocessing
from bn_models.inference import InferenceModel
from bn_models.plan import layers as planned

TOLERANCE = 1e-4
"""Largest difference of a probability, or of a larger number as a part of it. Two orders of float32 summation differ by
about 1e-6."""

Rows = NDArray[np.floating[Any]]


class Disagreement(Exception):
    """What should be the same differs by more than rounding does."""


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


class Reference:
    """What a trained Keras model predicts for ``raw`` held-out rows, and ``preprocessed`` they are what it was given.

    The numbers of a regression are compared as parts of the target's spread, which is 1 / ``scale``: a mean of 1e9 must
    not hide a difference of 1e4.
    """

    def __init__(self, model: Any, preprocessing: Preprocessing, target: Preprocessing | None, raw: Rows) -> None:
        self.raw, self.preprocessed = raw, preprocessing.forward(raw)
        self.scale = 1.0 if target is None else float(target.scale)
        self._target = target
        predictions = np.asarray(model(self.preprocessed, training=False))
        standardized = target is not None and target.raw_dtype == "float64"
        self._predictions = predictions if standardized else self.of_served(predictions)

    def of_served(self, predictions: Rows) -> Rows:
        if self._target is None:
            return predictions
        return (predictions.astype(np.float64) - self._target.offset) * self._target.scale

    def difference(self, served: Rows, names: str) -> float:
        """As that of two predictions, of which the second is in the target's unit."""
        return difference(self._predictions, self.of_served(served), names)

    def gaps(self, served: Rows) -> Rows:
        """The largest difference of each row (rows,)."""
        gaps: Rows = np.abs(self._predictions - self.of_served(served)).max(axis=1)
        return gaps

    @property
    def tells_rows_apart(self) -> bool:
        """Whether agreeing with it says something: a diverged or dead network answers every row alike."""
        finite = self._predictions[np.isfinite(self._predictions).all(axis=1)]
        return len(finite) > 0 and bool(np.ptp(finite, axis=0).max() > 100 * TOLERANCE)


def rounding_explains(gaps: Rows, logits: Rows, others: Rows) -> bool:
    """Whether the ``gaps`` of probabilities (rows,) are no larger than what the logits (rows, outputs) differ by.

    Neither sigmoid nor softmax moves by more than its logits do, which float32 rounds by a part of their size.
    """
    moved = np.abs(logits - others) + TOLERANCE / 10 * np.abs(logits)
    return not (gaps > moved.max(axis=1) + TOLERANCE).any()


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
