"""Epochs of milliseconds: up to ``capacity`` of them, validation included, in one call.

A call costs half a millisecond whatever is in it, as much as a whole epoch of 500 points in the plane.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf

from bn_models.compiled.calls import Calls
from bn_models.compiled.epochs import EpochResult, Resident, Validation
from bn_models.compiled.steps import Steps
from bn_models.plan import batches
from bn_models.plan.batches import Batches
from bn_models.plan.learning_rates import learning_rates
from bn_models.spec import TrainingSpec

Tensor = Any
Array = np.ndarray[Any, Any]


class WholeEpochs:
    divisible = False

    def __init__(
        self, steps: Steps, order: Batches, validation: Validation, data: Resident, capacity: int, calls: Calls
    ) -> None:
        self._steps, self._order, self._validation, self._capacity = steps, order, validation, capacity
        self._pace = calls.pace()
        self._call = calls.compiled(self._epochs)
        self._compute(data, *self._buffers(), count=0)  # traces and compiles, trains nothing

    def run(self, spec: TrainingSpec, data: Resident, epoch: int, limit: int) -> Iterator[float | EpochResult]:
        started = perf_counter()
        count = self._pace.units(min(limit, self._capacity))
        done, sums = self._compute(data, *self._inputs(spec, epoch, count), count)
        seconds = perf_counter() - started
        self._pace.record(done, seconds)
        training, validation = sums[:, :2] / self._order.epoch_rows, sums[:, 2:] / self._validation.rows
        for i in range(done):
            yield EpochResult.of(epoch + i, training[i], validation[i], seconds / done)

    def _compute(self, data: Resident, full: Array, partial: Array, rates: Array, count: int) -> tuple[int, Array]:
        """The number of epochs that ran and their sums (capacity, 4)."""
        arrays = (data.x, data.y, data.x_val, data.y_val, full, partial, rates, np.int32(count))
        done, sums = self._call(*map(tf.convert_to_tensor, arrays))
        return int(done), sums.numpy()

    def _buffers(self) -> tuple[Array, Array, Array]:
        """Row indices of full batches (capacity, steps, batch) and partial ones (capacity, tail), learning rates."""
        order, capacity = self._order, self._capacity
        full = np.zeros((capacity, order.full_steps, order.batch_size), np.int32)
        partial = np.zeros((capacity, order.tail), np.int32)
        return full, partial, np.zeros((capacity, order.steps), np.float32)

    def _inputs(self, spec: TrainingSpec, epoch: int, count: int) -> tuple[Array, Array, Array]:
        full, partial, rates = self._buffers()
        order = batches.of(spec)  # this run's seed, not the one the program was built with
        in_full = order.full_steps * order.batch_size
        for i in range(count):
            rows = order.epoch(epoch + i)
            full[i] = rows[:in_full].reshape(full.shape[1:])
            partial[i] = rows[in_full:]
        first, last = epoch * order.steps, (epoch + count) * order.steps
        rates[:count] = learning_rates(spec, first, last).reshape(count, order.steps)
        return full, partial, rates

    # --- traced ---

    def _epochs(
        self, x: Tensor, y: Tensor, x_val: Tensor, y_val: Tensor, full: Tensor, partial: Tensor, rates: Tensor,
        count: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        data = Resident(x, y, x_val, y_val)

        def body(e: Tensor, sums: Tensor, finite: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            row = tf.concat([self._train(data, full[e], partial[e], rates[e]), self._validate(data)], axis=0)
            finite = tf.math.is_finite(row[0]) & tf.math.is_finite(row[2])
            return e + 1, tf.tensor_scatter_nd_update(sums, [[e]], [row]), finite

        start = (tf.constant(0), tf.zeros((self._capacity, 4), tf.float64), tf.constant(True))
        # An epoch that diverged is the last one: the weights stay as it left them.
        done, sums, _ = tf.while_loop(lambda e, _, finite: finite & (e < count), body, start, parallel_iterations=1)
        return done, sums

    def _train(self, data: Resident, full: Tensor, partial: Tensor, rates: Tensor) -> Tensor:
        sums, full_steps = tf.zeros(2, tf.float64), self._order.full_steps
        if full_steps:
            sums = self._steps.train(data.x, data.y, full, rates, full_steps, sums)
        if self._order.tail:
            sums = self._steps.train(data.x, data.y, partial[None], rates[full_steps:], 1, sums)
        return sums

    def _validate(self, data: Resident) -> Tensor:
        v, sums = self._validation, tf.zeros(2, tf.float64)
        sums = self._steps.validate(v.size, data.x_val, data.y_val, 0, v.count, sums)
        if v.tail:
            sums = self._steps.validate(v.tail, data.x_val, data.y_val, v.tail_first, 1, sums)
        return sums
