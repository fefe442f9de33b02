"""Compiled functions, and how much work one call of them is given."""

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

Tensor = Any


class Compiled:
    """Traced by its first call. Takes tensors, of the same shapes and dtypes in every call: nothing is looked up."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._traced: Any = None

    def __call__(self, *tensors: Tensor) -> Any:
        if self._traced is None:
            self._traced = self._function.get_concrete_function(*tensors)
        return self._traced(*tensors)


class Pace:
    """How many units of work fill a call: one at first, then by the call before."""

    def __init__(self, call_seconds: float) -> None:
        self._call_seconds = call_seconds
        self._unit_seconds: float | None = None

    def units(self, most: int) -> int:
        if self._unit_seconds is None:
            return 1
        return max(1, min(most, int(self._call_seconds / self._unit_seconds)))

    def record(self, units: int, seconds: float) -> None:
        self._unit_seconds = max(seconds / units, 1e-9)


@dataclass(frozen=True)
class Calls:
    """How programs are compiled and how long a call should take."""

    xla: bool
    seconds: float

    def compiled(self, function: Any) -> "Compiled":
        return Compiled(tf.function(function, autograph=False, jit_compile=self.xla))

    def pace(self) -> Pace:
        return Pace(self.seconds)
