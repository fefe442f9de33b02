"""Stopping when the monitored metric no longer improves, as ``keras.callbacks.EarlyStopping`` does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.spec.metrics import METRICS
from bn_models.spec.optimization import EarlyStopping

Array = np.ndarray[Any, Any]


@dataclass
class Stopper:
    """``best_weights`` in the order of ``model.weights``, kept only with ``restore_best``; epochs count from 1."""

    rule: EarlyStopping
    best: float | None = None
    best_weights: list[Array] | None = None
    wait: int = 0

    def observe(self, epoch: int, metrics: dict[str, float], weights: Callable[[], list[Array]]) -> bool:
        """Whether to stop after this epoch. As in Keras the first epoch never stops; NaN is never an improvement."""
        value = metrics[self.rule.monitor]
        self.wait += 1
        if self._improves(value):
            self.best, self.wait = value, 0
            if self.rule.restore_best:
                self.best_weights = weights()
            return False
        return self.wait >= self.rule.patience and epoch > 1

    def _improves(self, value: float) -> bool:
        if self.best is None:
            return not np.isnan(value)
        if METRICS[self.rule.monitor].better == "lower":
            return value + self.rule.min_delta < self.best
        return value - self.rule.min_delta > self.best
