"""Studies made of numbers, for the tests of their comparison."""

from collections.abc import Sequence

import numpy as np

from bn_models.statistics.runs import ArmRuns, Run


def arm(
    label: str, *columns: Sequence[float | None], metric: str = "val_accuracy", diverged: int | None = None
) -> ArmRuns:
    """A run a column, of seeds 0, 1, …"""
    runs = [Run(seed, {metric: column}, diverged_at_epoch=diverged) for seed, column in enumerate(columns)]
    return ArmRuns(label, {"batch_norm.placement": label}, runs)


def simulated(label: str, seeds: int, epochs: int, final: float, pace: float, rng: np.random.Generator) -> ArmRuns:
    """Runs whose val_accuracy goes from 0.5 towards about ``final``, by a factor e nearer in about ``pace`` epochs."""
    steps = np.arange(1, epochs + 1)
    runs = []
    for seed in range(seeds):
        reach, speed = final - 0.5 + rng.normal(0, 0.005), pace * np.exp(rng.normal(0, 0.15))
        accuracy = 0.5 + reach * (1 - np.exp(-steps / speed))
        metrics = {"loss": 1 - accuracy, "accuracy": accuracy, "val_loss": 1 - accuracy, "val_accuracy": accuracy}
        columns = {name: column.tolist() for name, column in metrics.items()}
        runs.append(Run(seed, {**columns, "seconds": [0.5] * epochs, "learning_rate": [0.01] * epochs}))
    return ArmRuns(label, {"batch_norm.placement": label}, runs)
