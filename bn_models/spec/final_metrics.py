"""Which metrics the runs of a spec end with: what their comparison may be asked about."""

from bn_models.spec.metrics import METRICS, Metric
from bn_models.spec.training import TrainingSpec

ACCURACY_GAP = "accuracy_gap"
"""Accuracy on the training rows less that on rows held out; made of two final metrics."""


def final_metrics(spec: TrainingSpec) -> list[str]:
    """In the order of answers; the dataset's task and rows must be known."""
    found = [metric.name for metric in METRICS.values() if metric.better is not None and _recorded(metric, spec)]
    return [*found, ACCURACY_GAP] if "train_accuracy" in found else found


def default_metric(spec: TrainingSpec) -> str:
    """Of the test rows: they have names of their own where others validate."""
    measure = "mae" if spec.regression else "accuracy"
    return f"test_{measure}" if spec.dataset.validation_rows else f"val_{measure}"


def has_curve(spec: TrainingSpec, metric: str) -> bool:
    """Whether the metric is recorded by epoch, so that there is a first one that reaches a threshold."""
    if metric not in METRICS or not _recorded(METRICS[metric], spec):
        return False
    when = METRICS[metric].recorded
    return when == "epochs" or (when == "as asked" and spec.evaluate_training == "epochs")


def _recorded(metric: Metric, spec: TrainingSpec) -> bool:
    if metric.task not in (None, spec.dataset.task):
        return False
    if metric.recorded == "as asked":
        return spec.evaluate_training != "never"
    return metric.recorded == "epochs" or spec.dataset.validation_rows > 0
