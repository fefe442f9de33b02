"""What is stored beside a model is what the model answers."""

from typing import Any

import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.certificate import CertificateError
from bn_models.export.held_out import largest_class_share, served_accuracy, served_error
from bn_models.export.onnx_writer import to_onnx
from bn_models.inference import InferenceModel
from bn_models.plan.layers import Dense, Layer

ROWS = np.array([[3.0], [-2.0], [1.0], [-4.0]], np.float32)
Y = np.array([1, 0, 0, 0], np.int32)


def model(labels: tuple[str, ...] = ()) -> InferenceModel:
    """The probability of the second class is above a half where the row is above zero."""
    layers: list[Layer] = [Dense(1, "sigmoid", use_bias=False)]
    return InferenceModel(to_onnx(layers, [[np.ones((1, 1), np.float32)]], (1,), Preprocessing(), labels))


def test_right_answers_are_counted_by_their_names() -> None:
    assert served_accuracy(model(("no", "yes")), ROWS, Y, ("no", "yes"), 0.75) == 0.75
    assert served_accuracy(model(), ROWS, Y, (), 0.75) == 0.75
    assert served_accuracy(model(), ROWS, Y, (), None) == 0.75


def test_the_largest_class_is_counted_where_it_stands() -> None:
    assert largest_class_share(Y) == 0.75
    assert largest_class_share(np.array([2, 2, 0], np.int32)) == 2 / 3


def test_labels_in_another_order_are_found() -> None:
    with pytest.raises(CertificateError, match="right on 1 of 4 rows, the trained one on 3"):
        served_accuracy(model(("yes", "no")), ROWS, Y, ("no", "yes"), 0.75)


def test_rows_that_are_not_finite_are_right_for_no_label() -> None:
    rows = np.full((4, 1), np.nan, np.float32)
    assert served_accuracy(model(("no", "yes")), rows, Y, ("no", "yes"), 0.0) == 0.0


def test_a_row_between_two_classes_may_be_either() -> None:
    rows = np.array([[3.0], [1e-6], [1.0], [-4.0]], np.float32)
    assert served_accuracy(model(), rows, Y, (), 0.75) == 0.5


@pytest.mark.parametrize(("trained", "fits"), [(0.5, True), (50.0, False), (0.0, False)])
def test_an_error_in_another_unit_is_found(trained: float, fits: bool) -> None:
    layers: list[Layer] = [Dense(1, "linear", use_bias=False)]
    served = InferenceModel(to_onnx(layers, [[np.ones((1, 1), np.float32)]], (1,), Preprocessing()))
    y: Any = ROWS[:, 0] + 0.5
    if fits:
        assert served_error(served, ROWS, y, trained) == 0.5
    else:
        with pytest.raises(CertificateError, match=r"errs by 0\.5 on its rows"):
            served_error(served, ROWS, y, trained)
