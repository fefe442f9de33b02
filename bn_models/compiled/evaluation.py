"""Any rows in inference mode, once: what Keras's ``evaluate`` says of them."""

from collections.abc import Iterator
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf

from bn_models.compiled.calls import Pace
from bn_models.compiled.steps import Steps

Tensor = Any
Array = np.ndarray[Any, Any]


class Evaluation:
    """Traces on construction; reads the model's variables and assigns none.

    One plain graph for any number of rows, so that which rows a run looks at, and when, is in no program's key.
    """

    def __init__(self, steps: Steps, row_shape: tuple[int, ...], batch: int, pace: Pace) -> None:
        self._batch, self._pace = batch, pace
        number, y_type = tf.TensorSpec((), tf.int32), tf.float32 if steps.target == "number" else tf.int32
        self._call = tf.function(partial(steps.evaluate, batch), autograph=False).get_concrete_function(
            tf.TensorSpec((None, *row_shape), tf.float32), tf.TensorSpec((None,), y_type), number, number,
            tf.TensorSpec((2,), tf.float64),
        )  # fmt: skip

    def run(self, x: Tensor, y: Tensor) -> Iterator[float | Array]:
        """Yields the part of the rows that is done, and at last their mean loss and measure, float64 (2,)."""
        sums, rows, done = tf.zeros(2, tf.float64), len(x), 0
        while done < rows:
            batches = self._pace.units(-(-(rows - done) // self._batch))
            started, last = perf_counter(), min(rows, done + batches * self._batch)
            sums = self._call(x, y, tf.constant(done), tf.constant(last), sums)
            self._pace.record(batches, perf_counter() - started)
            done = last
            yield done / rows
        yield np.asarray(sums) / rows
