import numpy as np
import pytest

from bn_models.export.agreement import (
    Disagreement,
    FiniteOnOneSide,
    difference,
    rounding_explains,
    without_output_function,
)
from bn_models.plan.layers import Activation, BatchNormalization, Dense

NAN = np.nan
BN = BatchNormalization(0.99, 0.001, center=True, scale=True)


def test_rows_that_are_finite_are_compared_and_others_must_be_so_on_both_sides() -> None:
    first, second = np.array([[0.5, 0.5], [NAN, 0.0]]), np.array([[0.5, 0.50001], [NAN, NAN]])
    assert difference(first, second, "two") == pytest.approx(1e-5)
    with pytest.raises(FiniteOnOneSide, match="two: predictions are finite on one side only"):
        difference(first, np.array([[0.5, 0.5], [0.0, 0.0]]), "two")
    with pytest.raises(Disagreement, match=r"two differ by 0\.1"):
        difference(first[:1], first[:1] + 0.1, "two")


def test_without_rows_there_is_no_difference() -> None:
    assert difference(np.full((2, 1), NAN), np.full((2, 1), NAN), "two") == 0.0


@pytest.mark.parametrize(("size", "explained"), [(1e10, True), (1e4, True), (10.0, False), (0.0, False)])
def test_probabilities_differ_where_logits_are_large(size: float, explained: bool) -> None:
    logits, gaps = np.full((2, 3), size, np.float32), np.array([0.0, 0.05])
    assert rounding_explains(gaps, logits, logits) == explained
    assert rounding_explains(gaps, logits, logits + 0.1)


def test_the_network_up_to_its_logits() -> None:
    dense = Dense(3, "softmax", use_bias=True)
    assert without_output_function([BN, dense]) == (BN, Dense(3, "linear", use_bias=True))
    assert without_output_function([dense, Activation("softmax")]) == (dense, Activation("linear"))
    assert without_output_function([Dense(1, "linear", use_bias=True)]) is None
