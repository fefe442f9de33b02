"""The certificate of an inference-mode model: what is stored and served predicts what the trained Keras model predicts.

A model is refused when ONNX and Keras (``training=False``) differ on held-out rows by more than ``TOLERANCE`` of
:mod:`~bn_models.export.agreement`, when a row's prediction depends on the rows beside it, when predicting changes a
weight, when ONNX has other labels, or when Keras would load something else from the ``.keras`` file. The first file of
each form is loaded and predicts the held-out rows; each one is read back, its weights by path and its configuration
field by field.

Rows are compared as finite or not finite: ``softmax([inf, 0, 0])`` is [NaN, 0, 0] in Keras and all NaN in ONNX Runtime,
and neither is a prediction. Where probabilities differ because the logits are so large that float32's rounding decides
between classes, the logits are compared instead, as parts of the largest one, and the difference is infinite. So it
is where the model of a diverged run disagrees, which is not refused: that it diverged is the finding.
"""

import hashlib
import math
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.agreement import (
    Disagreement,
    FiniteOnOneSide,
    Reference,
    check_independence,
    difference,
    keras_logits,
    rounding_explains,
    without_output_function,
)
from bn_models.export.folding import Folded, fold, unfolded
from bn_models.export.keras_file import check_keras_file, keras_file
from bn_models.export.keras_template import Form, Network, Template, load, make_template
from bn_models.export.onnx_writer import to_onnx
from bn_models.inference import InferenceModel
from bn_models.network.build import layer_weights
from bn_models.plan import layers as planned

Rows = NDArray[np.floating[Any]]
Templates = MutableMapping[Form, Template]


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


@dataclass(frozen=True)
class Names:
    """Those of the classes and of the numbers of a row; empty where they have none."""

    labels: Sequence[str | int]
    columns: Sequence[str]


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
    templates: Templates | None = None,
) -> Certified:
    """Exports ``model`` (one Keras layer a plan layer, on preprocessed rows) and checks it on ``raw_rows``.

    Its batch normalizations are folded when the folded model passes, and all kept otherwise. The ONNX model knows its
    ``labels`` and ``columns``. ``templates`` of Keras files are taken from where they were left, and put there.

    Raises CertificateError, but of a ``diverged`` run only for what concerns its Keras model.
    """
    if len(raw_rows) == 0:
        raise CertificateError("there are no held-out rows to compare on")
    before = [weight.copy() for weight in model.get_weights()]
    reference = Reference(model, preprocessing, target, raw_rows)
    if not _same(before, model.get_weights()):
        raise CertificateError("predicting changed the model's weights")
    network = Network(layers, layer_weights(model.layers, layers), row_shape, preprocessing, target)
    try:
        onnx, folded, largest = _certified_onnx(model, network, Names(labels, columns), reference, diverged)
        decided = math.isfinite(largest)
        keras = _certified_keras_file(network, reference, decided, {} if templates is None else templates)
    except Disagreement as error:
        raise CertificateError(str(error)) from error
    return Certified(
        onnx=onnx,
        keras=keras,
        sha256=hashlib.sha256(onnx).hexdigest(),
        max_abs_difference=largest / reference.scale,
        folded_layers=folded.folded_layers,
        kept_layers=folded.kept_layers,
    )


def _certified_onnx(
    model: Any, network: Network, names: Names, reference: Reference, diverged: bool
) -> tuple[bytes, Folded, float]:
    """The ONNX bytes, how they are folded, and the largest difference, which is infinite where rounding decides."""

    def exported(form: Folded) -> bytes:
        return to_onnx(
            form.layers,
            form.weights,
            network.row_shape,
            network.preprocessing,
            names.labels,
            columns=names.columns,
            target=network.target,
        )

    def agrees(onnx: bytes) -> float:
        inference = InferenceModel(onnx)
        if (inference.labels, inference.columns) != (list(names.labels), list(names.columns)):
            raise CertificateError("the ONNX model has other labels or columns than the dataset")
        found = reference.difference(inference.predict(reference.raw), "ONNX and Keras")
        check_independence(inference, reference.raw, reference.of_served)
        return found

    folded = fold(network.layers, network.weights)
    onnx = exported(folded)
    try:
        return onnx, folded, agrees(onnx)
    except Disagreement:  # say, folding removed an overflow between two layers that Keras's predictions show
        folded = unfolded(network.layers, network.weights)
    onnx = exported(folded)
    try:
        return onnx, folded, agrees(onnx)
    except Disagreement as error:
        saturated = not isinstance(error, FiniteOnOneSide)
        if not diverged and not (saturated and _logits_decide(model, folded, exported, onnx, reference)):
            raise
    return onnx, folded, math.inf


def _certified_keras_file(network: Network, reference: Reference, decided: bool, templates: Templates) -> bytes:
    """A template is left for later files once Keras has loaded a file of it that tells rows apart as it should.

    Where rounding decides (not ``decided``) a file is not compared by what it predicts, and its template not kept.
    """
    template = templates.get(network.form) or make_template(network.form)
    data = keras_file(template, network)
    check_keras_file(data, template, network, reference.raw, reference.preprocessed)
    if decided and template.form not in templates:
        predictions = np.asarray(load(data)(reference.raw, training=False))
        reference.difference(predictions, "the Keras file and the trained model")
        if reference.tells_rows_apart:
            templates[template.form] = template
    return data


def _logits_decide(
    model: Any, folded: Folded, exported: Callable[[Folded], bytes], onnx: bytes, reference: Reference
) -> bool:
    """Whether logits agree, and are so large that probabilities need not."""
    layers = without_output_function(folded.layers)
    if layers is None:
        return False
    logits = InferenceModel(exported(replace(folded, layers=layers)))
    ours, theirs = logits.predict(reference.raw), keras_logits(model, reference.preprocessed)
    try:
        difference(theirs, ours, "logits of ONNX and Keras")
        check_independence(logits, reference.raw)
    except Disagreement:
        return False
    return rounding_explains(reference.gaps(InferenceModel(onnx).predict(reference.raw)), ours, theirs)


def _same(first: Sequence[Rows], second: Sequence[Rows]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
