"""What a compiled epoch is: see :mod:`bn_models.compiled.whole_epochs` and :mod:`bn_models.compiled.chunked_epochs`.

Short epochs run many to a call and long ones in several calls. Either way a call takes about a given time, learned from
the calls before, so that progress, checkpoints and stopping stay live; and either way the arithmetic is the same
whatever the number of epochs or steps in a call.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bn_models.spec import TrainingSpec

Tensor = Any
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Resident:
    """A dataset as tensors: x (rows, *row_shape) float32, y (rows,) int32 or, of a regression, float32."""

    x: Tensor
    y: Tensor
    x_val: Tensor
    y_val: Tensor


@dataclass(frozen=True)
class EpochResult:
    """``epoch`` counts from 0; losses and measures are means over rows, training's in training mode.

    The measure is the accuracy, of a regression the mean absolute error.
    """

    epoch: int
    loss: float
    measure: float
    val_loss: float
    val_measure: float
    seconds: float

    @staticmethod
    def of(epoch: int, training: Array, validation: Array, seconds: float) -> "EpochResult":
        """The result of (mean loss, measure) of training and of validation."""
        (loss, measure), (val_loss, val_measure) = training.tolist(), validation.tolist()
        return EpochResult(epoch, loss, measure, val_loss, val_measure, seconds)


class Epochs(Protocol):
    """Compiles on construction; trains the variables of the model and optimizer it was built around."""

    @property
    def divisible(self) -> bool:
        """Whether fractions of an epoch come before its result."""
        ...

    def run(self, spec: TrainingSpec, data: Resident, epoch: int, limit: int) -> Iterator[float | EpochResult]:
        """Runs at least one and at most ``limit`` epochs from ``epoch`` on, in order; none after one that diverged.

        Yields results, and before a result the fraction of its epoch that is done. From the last result on the
        variables are those at its epoch's end.
        """
        ...


@dataclass(frozen=True)
class Validation:
    """Batches that cover ``rows``: ``count`` of ``size`` rows and a last one of ``tail``, which may be 0."""

    rows: int
    size: int

    @property
    def count(self) -> int:
        return self.rows // self.size

    @property
    def tail(self) -> int:
        return self.rows % self.size

    @property
    def tail_first(self) -> int:
        return self.count * self.size
