"""Compiled training of one architecture, reused over seeds, learning rates, schedules, momenta, numbers of epochs."""

from collections import OrderedDict
from time import perf_counter
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from bn_models import batches, network
from bn_models import plan as planned
from bn_models.datasets import Data
from bn_models.diagnostics import Observer
from bn_models.epochs import Calls, Epochs, Resident, Validation
from bn_models.long_epochs import LongEpochs
from bn_models.momenta import Momenta
from bn_models.normalization import FusedBatchNormalization
from bn_models.program_key import program_key
from bn_models.short_epochs import ShortEpochs
from bn_models.spec import TrainingSpec
from bn_models.steps import Steps, optimizer_of, steps_of

Xla = Literal["auto", "on", "off"]
Array = np.ndarray[Any, Any]

# An epoch's seconds are foretold from its work, roughly: the choice of short or long is the same on every machine.
STEP_SECONDS = {True: 20e-6, False: 300e-6}  # by XLA: what a step costs besides arithmetic
MULTIPLY_ADDS_PER_SECOND = 5e9
SHORT_EPOCH_SECONDS = 0.05
MOST_EPOCHS_A_CALL = 64
VALIDATION_BATCH_MULTIPLY_ADDS = 5e8
MOST_VALIDATION_BATCH = 4096


class Program:
    """A Keras model, its optimizer and the compiled epochs that train them.

    One run at a time: the cache sets the momenta, ``reset`` or ``restore`` begins the run and overwrites the variables.
    """

    def __init__(self, spec: TrainingSpec, data: Resident, calls: Calls) -> None:
        self.model = network.build(spec, FusedBatchNormalization)
        self.optimizer = optimizer_of(spec)
        self.optimizer.build(self.model.trainable_variables)
        self.momenta = Momenta(self.model, self.optimizer, spec)
        self._steps, self._calls = steps_of(spec, self.model, self.optimizer), calls
        self.xla = calls.xla
        self.epochs = _epochs(spec, self._steps, data, calls)
        self.observer: Observer | None = None
        """There once a run with diagnostics has asked for it; the epochs are the same with and without."""

    @property
    def variables(self) -> list[Any]:
        """Everything that training changes: the model's, random number generators included, and the optimizer's."""
        return [*self.model.variables, *self.optimizer.variables]

    def prepare(self, spec: TrainingSpec, data: Resident) -> bool:
        """For a run of ``spec``; whether something had to be compiled."""
        self.momenta.set(spec)
        if not spec.diagnostics or self.observer is not None:
            return False
        self.observer = Observer(planned.plan(spec), self._steps, spec.batch_size, data, self._calls)
        return True

    def values(self) -> list[Array]:
        return [variable.numpy() for variable in self.variables]

    def restore(self, values: list[Array]) -> None:
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def reset(self, spec: TrainingSpec) -> None:
        """To the start of ``spec``'s run: initial weights, empty optimizer."""
        network.initialize(self.model, spec)
        for variable in self.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))


class ProgramCache:
    """The programs and datasets used last, at most ``size`` programs and two datasets.

    ``call_seconds``: about how long training may be deaf and mute; 0 makes every epoch, or step of a long one, a call.
    """

    def __init__(self, size: int = 16, xla: Xla = "auto", call_seconds: float = 0.2) -> None:
        self._size, self._xla, self._call_seconds = size, xla, call_seconds
        self._programs: OrderedDict[object, Program] = OrderedDict()
        self._resident: OrderedDict[Data, Resident] = OrderedDict()

    def resident(self, data: Data) -> Resident:
        if data not in self._resident:
            arrays = (data.x_train, data.y_train, data.x_val, data.y_val)
            self._resident[data] = Resident(*map(tf.constant, arrays))
        _touch(self._resident, data, size=2)
        return self._resident[data]

    def get(self, spec: TrainingSpec, data: Data) -> tuple[Program, float]:
        """The program for ``spec`` and the seconds it took to build, 0.0 when it was there."""
        key, resident = (program_key(spec), len(data.x_val)), self.resident(data)
        started, built = perf_counter(), False
        if key not in self._programs:
            calls = Calls(use_xla(spec, self._xla), self._call_seconds)
            self._programs[key], built = Program(spec, resident, calls), True
        _touch(self._programs, key, self._size)
        program = self._programs[key]
        built |= program.prepare(spec, resident)
        return program, perf_counter() - started if built else 0.0


def _touch(cache: OrderedDict[Any, Any], key: object, size: int) -> None:
    """Makes ``key`` the entry used last and drops those beyond ``size`` that were not used for longest."""
    cache.move_to_end(key)
    while len(cache) > size:
        cache.popitem(last=False)


def use_xla(spec: TrainingSpec, choice: Xla = "auto") -> bool:
    """The one place that chooses.

    On CPU, XLA's convolutions are about eight times slower than oneDNN's, and its random masks about five times slower
    than TensorFlow's.
    """
    if choice == "auto":
        slow = planned.Conv2D | planned.Dropout
        return not any(isinstance(layer, slow) for layer in planned.plan(spec))
    return choice == "on"


def _epochs(spec: TrainingSpec, steps: Steps, data: Resident, calls: Calls) -> Epochs:
    order, rows = batches.of(spec), len(data.x_val)
    work = planned.multiply_adds(planned.plan(spec), spec.dataset.row_shape)
    validation = Validation(rows, _validation_batch(rows, work))
    # A training step is forward, gradient of the inputs and gradient of the weights: three times the work.
    seconds = order.steps * STEP_SECONDS[calls.xla] + work * (3 * order.epoch_rows + rows) / MULTIPLY_ADDS_PER_SECOND
    if seconds > SHORT_EPOCH_SECONDS:
        return LongEpochs(steps, order, validation, data, calls)
    capacity = max(1, min(MOST_EPOCHS_A_CALL, int(calls.seconds / seconds)))
    return ShortEpochs(steps, order, validation, data, capacity, calls)


def _validation_batch(rows: int, work: int) -> int:
    """Large enough to amortize the loop, of bounded memory, and without a remainder where that is to be had."""
    most = max(1, min(rows, MOST_VALIDATION_BATCH, int(VALIDATION_BATCH_MULTIPLY_ADDS / max(work, 1))))
    least_batches = -(-rows // most)
    even = next((count for count in range(least_batches, 2 * least_batches) if rows % count == 0), least_batches)
    return -(-rows // even)
