"""Epochs of a tenth of a second and more: one epoch in several calls, steps and validation batches in chunks."""

from collections.abc import Iterator
from functools import partial
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

MOST_STEPS = 1024
MOST_INDICES = 2**20  # row indices in one call: bounds its memory for huge batches
TRAINING_SHARE = 0.9  # of an epoch's progress; validation has the rest
Tensor = Any
Array = np.ndarray[Any, Any]


class ChunkedEpochs:
    divisible = True

    def __init__(self, steps: Steps, order: Batches, validation: Validation, data: Resident, calls: Calls) -> None:
        self._validation, self._zero = validation, tf.zeros(2, tf.float64)
        capacity = max(1, min(order.full_steps, MOST_STEPS, MOST_INDICES // order.batch_size))
        self._full = _TrainingChunk(steps, (capacity, order.batch_size), calls) if order.full_steps else None
        self._partial = _TrainingChunk(steps, (1, order.tail), calls) if order.tail else None
        self._check = calls.compiled(partial(steps.validate, validation.size))
        self._check_tail = calls.compiled(partial(steps.validate, validation.tail)) if validation.tail else None
        self._pace = calls.pace()
        self._compile(data)

    def _compile(self, data: Resident) -> None:
        """Zero steps of everything: traces and compiles, trains nothing."""
        nothing, none = np.empty((0, 0), np.int32), np.empty(0, np.float32)
        for chunk in (self._full, self._partial):
            if chunk:
                chunk(data, nothing, none, self._zero)
        for check in (self._check, self._check_tail):
            if check:
                self._call(check, data, 0, 0, self._zero)

    def run(self, spec: TrainingSpec, data: Resident, epoch: int, limit: int) -> Iterator[float | EpochResult]:
        started = perf_counter()
        order = batches.of(spec)
        training = validation = self._zero
        for done, sums in self._train(spec, order, data, epoch):
            training = sums
            yield TRAINING_SHARE * done / order.steps
        for done, sums in self._validate(data):
            validation = sums
            yield TRAINING_SHARE + (1 - TRAINING_SHARE) * done / self._validation.rows
        means = training.numpy() / order.epoch_rows, validation.numpy() / self._validation.rows
        yield EpochResult.of(epoch, *means, seconds=perf_counter() - started)

    def _train(self, spec: TrainingSpec, order: Batches, data: Resident, epoch: int) -> Iterator[tuple[int, Tensor]]:
        """Steps done and sums so far."""
        sums, origin, done = self._zero, epoch * order.steps, 0
        while self._full and done < order.full_steps:
            last = done + self._full.steps(order.full_steps - done)
            rates = learning_rates(spec, origin + done, origin + last)
            sums = self._full(data, order.full(epoch, done, last), rates, sums)
            done = last
            yield done, sums
        if self._partial:
            rates = learning_rates(spec, origin + done, origin + done + 1)
            yield done + 1, self._partial(data, order.partial(epoch)[None], rates, sums)

    def _validate(self, data: Resident) -> Iterator[tuple[int, Tensor]]:
        """Rows done and sums so far."""
        v, sums, done = self._validation, self._zero, 0
        while done < v.count:
            count = self._pace.units(v.count - done)
            started = perf_counter()
            sums = self._call(self._check, data, done * v.size, count, sums)
            self._pace.record(count, perf_counter() - started)
            done += count
            yield done * v.size, sums
        if self._check_tail:
            yield v.rows, self._call(self._check_tail, data, v.tail_first, 1, sums)

    @staticmethod
    def _call(check: Any, data: Resident, first: int, count: int, sums: Tensor) -> Tensor:
        return check(data.x_val, data.y_val, tf.constant(first), tf.constant(count), sums)


class _TrainingChunk:
    """Up to ``capacity`` steps with batches of one size; shape is (capacity, batch)."""

    def __init__(self, steps: Steps, shape: tuple[int, int], calls: Calls) -> None:
        self._shape, self._pace = shape, calls.pace()
        self._train = calls.compiled(steps.train)

    def steps(self, left: int) -> int:
        return self._pace.units(min(left, self._shape[0]))

    def __call__(self, data: Resident, rows: Array, rates: Array, sums: Tensor) -> Tensor:
        """Trains on each of ``rows`` (steps, batch) and adds to ``sums``; waits for the result."""
        started = perf_counter()
        count = len(rates)
        order, padded_rates = np.zeros(self._shape, np.int32), np.zeros(self._shape[0], np.float32)
        if count:
            order[:count], padded_rates[:count] = rows, rates
        arrays = (data.x, data.y, order, padded_rates, np.int32(count), sums)
        sums = self._train(*map(tf.convert_to_tensor, arrays))
        if count:
            self._pace.record(count, perf_counter() - started)
        return sums
