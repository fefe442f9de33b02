"""The programs and datasets that a process keeps between runs."""

from collections import OrderedDict
from time import perf_counter
from typing import Any

import tensorflow as tf

from bn_models.compiled.calls import Calls
from bn_models.compiled.choice import Xla, use_xla
from bn_models.compiled.epochs import Resident
from bn_models.datasets.arrays import Data
from bn_models.plan.program_key import program_key
from bn_models.spec import TrainingSpec
from bn_models.training.program import Program


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
            arrays = (data.train.x, data.train.y, data.validation.x, data.validation.y)
            self._resident[data] = Resident(*map(tf.constant, arrays))
        _touch(self._resident, data, size=2)
        return self._resident[data]

    def get(self, spec: TrainingSpec, data: Data) -> tuple[Program, float]:
        """The program for ``spec`` and the seconds it took to build, 0.0 when it was there."""
        key, resident = (program_key(spec), len(data.validation)), self.resident(data)
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
