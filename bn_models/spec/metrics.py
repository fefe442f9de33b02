"""The metrics of a run: which of two values is better, what each is measured on, and when it is recorded."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """``better`` None: neither; ``split`` None: not measured on rows; ``task`` None: recorded for either.

    ``recorded``: by epoch, at the end only, or as the spec's ``evaluate_training`` says.
    """

    name: str
    better: Literal["higher", "lower"] | None
    split: Literal["training", "validation", "test"] | None
    task: Literal["classification", "regression"] | None
    recorded: Literal["epochs", "end", "as asked"] = "epochs"


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
        Metric("train_loss", "lower", "training", None, "as asked"),
        Metric("train_accuracy", "higher", "training", "classification", "as asked"),
        Metric("train_mae", "lower", "training", "regression", "as asked"),
        Metric("test_loss", "lower", "test", None, "end"),
        Metric("test_accuracy", "higher", "test", "classification", "end"),
        Metric("test_mae", "lower", "test", "regression", "end"),
    )
}
"""By name, in the order of answers. ``seconds`` is an epoch's wall time, ``learning_rate`` that of its last step.

``loss`` and ``accuracy`` are running means in training mode, all others are of the weights at an epoch's end in
inference mode. There is a ``test_*`` where the validation rows are not the test rows.
"""
