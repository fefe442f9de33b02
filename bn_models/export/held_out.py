"""What the served model answers for rows of its data: the number beside a model is the model's own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.export.agreement import TOLERANCE
from bn_models.export.certificate import CertificateError
from bn_models.inference import InferenceModel, class_indices

Rows = NDArray[Any]


def served_accuracy(
    model: InferenceModel, raw_rows: Rows, y: NDArray[np.int32], labels: Sequence[str | int], trained: float | None
) -> float:
    """The share of ``raw_rows`` that the model answers with the label of their class ``y`` (rows,).

    Raises CertificateError when more or fewer are right than the ``trained`` model's share says (None: whatever it is),
    but for rows between whose classes rounding decides.
    """
    predictions = model.predict(raw_rows)
    answers = model.classes(predictions) if model.labels else class_indices(predictions).tolist()
    names = labels or range(max(2, predictions.shape[1]))
    right = sum(answer == names[index] for answer, index in zip(answers, y.tolist(), strict=True))
    if trained is not None and abs(right - round(trained * len(y))) > _undecided(predictions):
        raise CertificateError(
            f"the model to be served is right on {right} of {len(y)} rows, the trained one on {round(trained * len(y))}"
        )
    return float(right / len(y))


def served_error(model: InferenceModel, raw_rows: Rows, y: NDArray[np.floating[Any]], trained: float | None) -> float:
    """The mean absolute error of the model on ``raw_rows`` with the numbers ``y`` (rows,), in the unit of ``y``.

    Raises CertificateError when it is not the ``trained`` one; of what float32 can tell apart.
    """
    predictions = model.predict(raw_rows)[:, 0].astype(np.float64)
    error = float(np.mean(np.abs(predictions - y)))
    if trained is not None and not np.isclose(
        error, trained, rtol=10 * TOLERANCE, atol=TOLERANCE * float(np.std(y)), equal_nan=True
    ):
        raise CertificateError(
            f"the model to be served errs by {error:.6g} on its rows, the trained one by {trained:.6g}"
        )
    return error


def largest_class_share(y: NDArray[np.int32]) -> float:
    """The accuracy on rows of the classes ``y`` (rows,) of always answering the commonest: what any model must beat."""
    return float(np.bincount(y).max() / len(y))


def _undecided(predictions: Rows) -> int:
    """How many rows have two classes so near each other that float32's rounding may exchange them."""
    finite = predictions[np.isfinite(predictions).all(axis=1)]
    if predictions.shape[1] == 1:
        return int((np.abs(finite[:, 0] - 0.5) < TOLERANCE).sum())
    highest = np.sort(finite, axis=1)[:, -2:]
    return int((highest[:, 1] - highest[:, 0] < 2 * TOLERANCE).sum())
