"""What a step counts as right."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bn_models.compiled.steps import Steps

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("target", "outputs", "labels", "right"),
    [
        ("classes", [[NAN, NAN, NAN], [NAN, 0, 0], [0.9, 0.1, 0.0]], [0, 0, 0], 1),
        ("classes", [[0.1, 0.9, NAN], [0.0, INF, 0.0]], [1, 1], 0),
        ("binary", [[NAN], [NAN], [0.2], [INF]], [0, 1, 0, 1], 1),
    ],
)
def test_what_is_not_finite_is_right_for_no_label(
    target: Any, outputs: list[list[float]], labels: list[int], right: int, jit_compile: bool
) -> None:
    measure = tf.function(Steps(None, None, target).measure, jit_compile=jit_compile)
    assert measure(tf.constant(labels), tf.constant(outputs, tf.float32)) == right
