"""What rounding may do to predictions. Small variances and many layers amplify it, so it is measured."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Weights = Sequence[Sequence[Array]]


def allowed_difference(predict: Callable[[list[list[Array]]], Array], weights: Weights) -> float:
    """1e-5 of the largest prediction (or of 1), and eight times what float32 neighbours of the weights change."""
    expected, rng = predict([list(of_layer) for of_layer in weights]), np.random.default_rng(0)
    rounding = np.abs(predict(_nudged(weights, rng)) - expected).max()
    return float(1e-5 * max(1.0, np.abs(expected).max()) + 8 * rounding)


def _nudged(weights: Weights, rng: np.random.Generator) -> list[list[Array]]:
    ends = np.array([-np.inf, np.inf], np.float32)
    return [
        [np.nextafter(weight, ends[rng.integers(2, size=weight.shape)]) for weight in of_layer] for of_layer in weights
    ]
