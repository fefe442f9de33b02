"""The certificate of an inference-mode model: what is stored and served predicts what the trained Keras model predicts.

A model is refused when ONNX and Keras (``training=False``) differ on held-out rows by more than ``TOLERANCE``, when a
row's prediction depends on the rows beside it, when predicting changes a weight, or when the Keras file does not hold
the weights it was saved from.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.export.folding import Folded, fold, unfolded
from bn_models.export.keras_file import keras_file, sorted_weights, stored_weights
from bn_models.export.onnx_writer import Numbers, to_onnx
from bn_models.inference import InferenceModel
from bn_models.plan import layers as planned

TOLERANCE = 1e-4
"""Largest difference of a probability, or of a larger number as a part of it. Two orders of float32 summation differ by
about 1e-6."""

Rows = NDArray[np.float32]


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
    scale: Numbers,
    offset: Numbers,
    raw_rows: Rows,
    labels: Sequence[str | int] = (),
) -> Certified:
    """Exports ``model`` (one Keras layer a plan layer, on preprocessed rows) and checks it on ``raw_rows``.

    Its batch normalizations are folded when the folded model passes, and all kept otherwise. The ONNX model knows its
    ``labels``. Raises CertificateError. Predictions that are NaN or the same infinity on both sides agree: a diverged
    run has a model, too.
    """
    if len(raw_rows) == 0:
        raise CertificateError("there are no held-out rows to compare on")
    before = [weight.copy() for weight in model.get_weights()]
    expected = np.asarray(model((raw_rows - np.float32(offset)) * np.float32(scale), training=False))
    if not _same(before, model.get_weights()):
        raise CertificateError("predicting changed the model's weights")
    weights = layer_weights(model, layers)

    def exported(network: Folded) -> tuple[Folded, bytes, float]:
        onnx = to_onnx(network.layers, network.weights, row_shape, scale, offset, labels)
        inference = InferenceModel(onnx)
        difference = _difference(expected, inference.predict(raw_rows), "ONNX and Keras")
        _check_independence(inference, raw_rows)
        return network, onnx, difference

    try:
        network, onnx, difference = exported(fold(layers, weights))
    except CertificateError:  # say, folding removed an overflow between two layers that Keras's predictions show
        network, onnx, difference = exported(unfolded(layers, weights))
    keras = keras_file(model, row_shape, scale, offset)
    if not _same(sorted_weights(model.get_weights()), sorted_weights(stored_weights(keras))):
        raise CertificateError("the Keras file does not hold the weights of the model")
    return Certified(
        onnx=onnx,
        keras=keras,
        sha256=hashlib.sha256(onnx).hexdigest(),
        max_abs_difference=difference,
        folded_layers=network.folded_layers,
        kept_layers=network.kept_layers,
    )


def layer_weights(model: Any, layers: Sequence[planned.Layer]) -> list[list[Rows]]:
    """The weights of each plan layer; dropout's random state is none of the model's."""
    return [
        [] if isinstance(layer, planned.Dropout) else built.get_weights()
        for layer, built in zip(layers, model.layers, strict=True)
    ]


def _check_independence(exported: InferenceModel, rows: Rows) -> None:
    batch = exported.predict(rows)
    order = np.random.default_rng(0).permutation(len(rows))
    _difference(batch[order], exported.predict(rows[order]), "a batch and the same batch shuffled")
    _difference(batch[:1], exported.predict(rows[:1]), "a row alone and in a batch")


def _difference(first: Rows, second: Rows, names: str) -> float:
    finite = np.isfinite(first) & np.isfinite(second)
    if not np.array_equal(first[~finite], second[~finite], equal_nan=True):
        raise CertificateError(f"{names}: predictions are NaN or infinite on one side only")
    difference = float(np.max(np.abs(first[finite] - second[finite]), initial=0.0))
    if difference > TOLERANCE * max(1.0, float(np.max(np.abs(first[finite]), initial=0.0))):
        raise CertificateError(f"{names} differ by {difference:.2g}, more than {TOLERANCE:g}")
    return difference


def _same(first: Sequence[Rows], second: Sequence[Rows]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
