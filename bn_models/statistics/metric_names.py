"""What the name of a metric says: which of two values is better, and where it is measured by epoch."""

from typing import Literal

Better = Literal["higher", "lower"]

PER_EPOCH = frozenset({"seconds", "learning_rate"})
"""Metrics that say what an epoch cost or used, and nothing about the model after it."""
LOWER = ("loss", "error", "mae", "mse", "perplexity", "accuracy_gap")
ACCURACY_GAP = "accuracy_gap"
"""Accuracy on the training rows less that on rows held out, both in inference mode: made of a run's final metrics."""


def is_accuracy(metric: str) -> bool:
    return metric.lower().endswith("accuracy")


def lower_is_better(metric: str) -> bool:
    return any(part in metric.lower() for part in LOWER)


def curve_of(metric: str) -> str | None:
    """The metric by epoch in which a threshold is reached: test rows are looked at once, at the end."""
    if metric == ACCURACY_GAP:
        return None
    return metric.replace("test_", "val_", 1) if metric.startswith("test_") else metric
