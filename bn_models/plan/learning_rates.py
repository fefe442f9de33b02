"""The learning rate at each step, as Keras's schedules define it; training reads it as data, not as a constant."""

from typing import Any, assert_never

import numpy as np

from bn_models.plan import batches
from bn_models.spec import TrainingSpec
from bn_models.spec.optimization import Constant, Cosine, Exponential, InverseTime

Array = np.ndarray[Any, Any]


def learning_rates(spec: TrainingSpec, first: int, last: int) -> Array:
    """For the global optimizer steps [first, last), counted from 0: float32 (last - first,).

    Computed in float64, so within float32 rounding of ``keras.optimizers.schedules``.
    """
    steps = np.arange(first, last, dtype=np.float64)
    with np.errstate(over="ignore"):  # a growing rate may overflow; the run then diverges, and says so
        return (spec.learning_rate * _factor(spec, steps)).astype(np.float32)


def _factor(spec: TrainingSpec, steps: Array) -> Array:
    schedule = spec.learning_rate_schedule
    match schedule:
        case Constant():
            return np.ones_like(steps)
        case Cosine(alpha=alpha):
            decay_steps = schedule.decay_steps or spec.epochs * batches.of(spec).steps
            fraction = np.minimum(steps, decay_steps) / decay_steps
            return (1 - alpha) * 0.5 * (1 + np.cos(np.pi * fraction)) + alpha
        case Exponential():
            return np.power(schedule.decay_rate, _decays(schedule, steps))
        case InverseTime():
            return 1 / (1 + schedule.decay_rate * _decays(schedule, steps))
        case _:
            assert_never(schedule)


def _decays(schedule: Exponential | InverseTime, steps: Array) -> Array:
    decays = steps / schedule.decay_steps
    return np.floor(decays) if schedule.staircase else decays
