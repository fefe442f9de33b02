"""The metrics that a run records by epoch: which of two values is better, and what each is measured on."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """``better`` None: neither; ``split`` None: not measured on rows; ``task`` None: recorded for either."""

    name: str
    better: Literal["lower", "higher"] | None
    split: Literal["training", "validation"] | None
    task: Literal["classification", "regression"] | None


METRICS = {
    metric.name: metric
    for metric in (
        Metric("loss", "lower", "training", None),
        Metric("accuracy", "higher", "training", "classification"),
        Metric("val_loss", "lower", "validation", None),
        Metric("val_accuracy", "higher", "validation", "classification"),
        Metric("seconds", None, None, None),
        Metric("learning_rate", None, None, None),
        Metric("mae", "lower", "training", "regression"),
        Metric("val_mae", "lower", "validation", "regression"),
    )
}
"""By name, in the order of answers. ``seconds`` is an epoch's wall time, ``learning_rate`` that of its last step."""
