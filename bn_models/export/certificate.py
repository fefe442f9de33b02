"""The certificate of an inference-mode model: what is stored and served predicts what the trained Keras model predicts.

A model is refused when ONNX and Keras (``training=False``) differ on held-out rows by more than ``TOLERANCE`` of
:mod:`~bn_models.export.agreement`, when a row's prediction depends on the rows beside it, when predicting changes a
weight, or when the Keras file does not hold the weights it was saved from.

Rows are compared as finite or not finite: ``softmax([inf, 0, 0])`` is [NaN, 0, 0] in Keras and all NaN in ONNX Runtime,
and neither is a prediction. Where probabilities differ because the logits are so large that float32's rounding decides
between classes, the logits are compared instead, as parts of the largest one, and the difference is infinite. So it
is where the model of a diverged run disagrees, which is not refused: that it diverged is the finding.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.agreement import (
    Disagreement,
    FiniteOnOneSide,
    check_independence,
    difference,
    keras_logits,
    without_output_function,
)
from bn_models.export.folding import Folded, fold, unfolded
from bn_models.export.keras_file import keras_file, sorted_weights, stored_weights
from bn_models.export.onnx_writer import to_onnx
from bn_models.inference import InferenceModel
from bn_models.plan import layers as planned

Rows = NDArray[np.floating[Any]]


class CertificateError(Exception):
    """The inference-mode model does not predict what the trained model predicts."""


@dataclass(frozen=True)
class Certified:
    """``sha256`` is of the ONNX bytes; ``max_abs_difference`` the largest one against Keras on held-out rows.

    ``folded_layers`` and ``kept_layers`` count the batch normalizations merged away in the ONNX model and left in it.
    """

    onnx: bytes
    keras: bytes
    sha256: str
    max_abs_difference: float
    folded_layers: int
    kept_layers: int


def certify(
    model: Any,
    layers: Sequence[planned.Layer],
    row_shape: planned.Shape,
    preprocessing: Preprocessing,
    raw_rows: Rows,
    labels: Sequence[str | int] = (),
    *,
    columns: Sequence[str] = (),
    target: Preprocessing | None = None,
    diverged: bool = False,
) -> Certified:
    """Exports ``model`` (one Keras layer a plan layer, on preprocessed rows) and checks it on ``raw_rows``.

    Its batch normalizations are folded when the folded model passes, and all kept otherwise. The ONNX model knows its
    ``labels`` and ``columns``.

    Raises CertificateError, but of a ``diverged`` run only for what concerns its Keras model.
    """
    if len(raw_rows) == 0:
        raise CertificateError("there are no held-out rows to compare on")
    before = [weight.copy() for weight in model.get_weights()]
    preprocessed = preprocessing.forward(raw_rows)
    expected = np.asarray(model(preprocessed, training=False))
    unit = _Unit(target)
    if not _same(before, model.get_weights()):
        raise CertificateError("predicting changed the model's weights")
    weights = layer_weights(model, layers)

    def exported(network: Folded) -> bytes:
        return to_onnx(
            network.layers, network.weights, row_shape, preprocessing, labels, columns=columns, target=target
        )

    def agrees(network: Folded, onnx: bytes) -> float:
        inference = InferenceModel(onnx)
        found = difference(unit.of_model(expected), unit.of_served(inference.predict(raw_rows)), "ONNX and Keras")
        check_independence(inference, raw_rows, unit.of_served)
        return found

    network = fold(layers, weights)
    onnx = exported(network)
    try:
        largest = agrees(network, onnx)
    except Disagreement:  # say, folding removed an overflow between two layers that Keras's predictions show
        network = unfolded(layers, weights)
        onnx = exported(network)
        try:
            largest = agrees(network, onnx)
        except Disagreement as error:
            largest = math.inf
            saturated = not isinstance(error, FiniteOnOneSide)
            if not diverged and not (saturated and _logits_agree(model, preprocessed, network, exported, raw_rows)):
                raise CertificateError(str(error)) from error
    keras = keras_file(model, row_shape, preprocessing, target)
    if not _same(sorted_weights(model.get_weights()), sorted_weights(stored_weights(keras))):
        raise CertificateError("the Keras file does not hold the weights of the model")
    return Certified(
        onnx=onnx,
        keras=keras,
        sha256=hashlib.sha256(onnx).hexdigest(),
        max_abs_difference=largest / unit.scale,
        folded_layers=network.folded_layers,
        kept_layers=network.kept_layers,
    )


class _Unit:
    """A regression's numbers as parts of the target's spread: a mean of 1e9 must not hide a difference of 1e4."""

    def __init__(self, target: Preprocessing | None) -> None:
        self.scale = 1.0 if target is None else float(target.scale)
        self._target, self._standardized = target, target is not None and target.raw_dtype == "float64"

    def of_model(self, predictions: Rows) -> Rows:
        return predictions if self._standardized else self.of_served(predictions)

    def of_served(self, predictions: Rows) -> Rows:
        if self._target is None:
            return predictions
        return (predictions.astype(np.float64) - self._target.offset) * self._target.scale


def layer_weights(model: Any, layers: Sequence[planned.Layer]) -> list[list[Rows]]:
    """The weights of each plan layer; dropout's random state is none of the model's."""
    return [
        [] if isinstance(layer, planned.Dropout) else built.get_weights()
        for layer, built in zip(layers, model.layers, strict=True)
    ]


def _logits_agree(
    model: Any, preprocessed: Rows, network: Folded, exported: Callable[[Folded], bytes], raw_rows: Rows
) -> bool:
    layers = without_output_function(network.layers)
    if layers is None:
        return False
    logits = InferenceModel(exported(replace(network, layers=layers)))
    try:
        difference(keras_logits(model, preprocessed), logits.predict(raw_rows), "logits of ONNX and Keras")
        check_independence(logits, raw_rows)
    except Disagreement:
        return False
    return True


def _same(first: Sequence[Rows], second: Sequence[Rows]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
