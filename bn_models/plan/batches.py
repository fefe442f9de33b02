"""Which rows make up which batch: a pure function of (seed, epoch), so that a resumed run sees the same batches."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from bn_models.spec import TrainingSpec

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Batches:
    """The order of ``rows`` training rows over all epochs; epochs and steps count from 0.

    With ``steps_per_epoch`` None an epoch is one pass whose last batch may be partial (``tail`` rows). Otherwise the
    passes are one continuous stream, as from a repeating generator, and epoch e reads its positions from
    ``e * steps_per_epoch * batch_size`` on: every batch is full and may span two passes.
    """

    rows: int
    batch_size: int
    steps_per_epoch: int | None
    shuffle: bool
    seed: int

    @property
    def full_steps(self) -> int:
        """Steps of an epoch with a full batch."""
        return self.rows // self.batch_size if self.steps_per_epoch is None else self.steps_per_epoch

    @property
    def tail(self) -> int:
        """Rows in an epoch's last, partial batch; 0 without one."""
        return self.rows % self.batch_size if self.steps_per_epoch is None else 0

    @property
    def steps(self) -> int:
        return self.full_steps + (self.tail > 0)

    @property
    def epoch_rows(self) -> int:
        """Rows that an epoch trains on."""
        return self.full_steps * self.batch_size + self.tail

    def epoch(self, epoch: int) -> Array:
        """All row indices of an epoch in order, int32 (epoch_rows,)."""
        return self._positions(epoch, 0, self.epoch_rows)

    def full(self, epoch: int, first: int, last: int) -> Array:
        """Row indices of the full batches [first, last), int32 (last - first, batch_size)."""
        rows = self._positions(epoch, first * self.batch_size, last * self.batch_size)
        return rows.reshape(last - first, self.batch_size)

    def partial(self, epoch: int) -> Array:
        """Row indices of the partial batch, int32 (tail,)."""
        return self._positions(epoch, self.full_steps * self.batch_size, self.epoch_rows)

    def _positions(self, epoch: int, start: int, stop: int) -> Array:
        if start == stop:
            return np.empty(0, np.int32)
        origin = epoch * self.epoch_rows  # without steps_per_epoch epoch_rows == rows: epoch e is exactly pass e
        first, last = (origin + start) // self.rows, (origin + stop - 1) // self.rows
        stream = np.concatenate([self._pass(number) for number in range(first, last + 1)])
        offset = origin + start - first * self.rows
        return stream[offset : offset + stop - start]

    def _pass(self, number: int) -> Array:
        return _permutation(self.seed, number, self.rows) if self.shuffle else np.arange(self.rows, dtype=np.int32)


def of(spec: TrainingSpec) -> Batches:
    return Batches(spec.dataset.fitted_rows, spec.batch_size, spec.steps_per_epoch, spec.shuffle, spec.seed)


@lru_cache(maxsize=2)  # chunks of one epoch ask again and again
def _permutation(seed: int, number: int, rows: int) -> Array:
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
    return generator.permutation(rows).astype(np.int32)
