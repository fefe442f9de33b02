"""Jobs, curves, comparisons and datasets as the terminal shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Column, Table

from bn_models.spec.paths import flat
from service.client import JobJson

CURVES = (
    "loss", "train_loss", "val_loss", "accuracy", "train_accuracy", "val_accuracy", "mae", "train_mae", "val_mae",
)  # fmt: skip
BARS = "▁▂▃▄▅▆▇█"
CURVE_WIDTH = 50
MEASURES = "accuracy or mae: train, test (largest class's share)"
SHORT_LABEL = 30
"""A longer one is folded: on one line it would leave no room for numbers."""


def job_table(shown: Sequence[JobJson]) -> Table:
    table = Table(Column("id", no_wrap=True), "name", "experiment", "status", "epochs", MEASURES)
    for job in shown:
        spec, result = job["spec"], job["result"]
        measure = "accuracy" if result and result["final"]["accuracy"] is not None else "mae"
        final = result["final"] if result else {}
        tested = f"val_{measure}" if final.get(f"test_{measure}") is None else f"test_{measure}"
        measures = [final[name] for name in (measure, tested)] if result else []
        share = result and result.get("largest_class_share")
        table.add_row(
            job["id"],
            job["name"] or "",
            f"{spec['dataset']['name']}, BN {spec['batch_norm']['placement']}, {spec['learning_rate']:g}",
            status(job),
            f"{job['progress']['epoch']}/{job['progress']['epochs']}",
            ", ".join(short(value) for value in measures) + (f" ({short(share)})" if share is not None else ""),
        )
    return table


def job_details(job: JobJson) -> Table:
    """One job, one line a fact; a spec's fields by their paths."""
    table = Table("", Column(job["id"], overflow="fold"), title=job["name"])
    facts = {
        "status": status(job),
        "error": job["error"] and job["error"]["message"],
        "epochs": f"{job['progress']['epoch']}/{job['progress']['epochs']}",
        **{name: job[name] for name in ("attempt", "created_at", "started_at", "finished_at", "study_id")},
        **{f"tag {key}": value for key, value in job["tags"].items()},
        **flat(job["result"] or {}),
        **flat(job["spec"]),
    }
    for name, value in facts.items():
        if value not in (None, "", []):
            table.add_row(name, str(value))
    return table


def curves(metrics: Mapping[str, list[Any]]) -> Table:
    """What became of each metric from the first epoch to the last."""
    table = Table("metric", "first", "last", "over the epochs")
    for name in CURVES:
        values = [value for value in metrics.get(name, ()) if value is not None]
        if values:
            table.add_row(name, short(values[0]), short(values[-1]), sparkline(values))
    return table


def sparkline(values: Sequence[Any], width: int = CURVE_WIDTH) -> str:
    """Values as bars between the least and the greatest, every n-th if there are many; ``·`` for what is not finite."""
    shown = [values[i * len(values) // width] for i in range(width)] if len(values) > width else values
    numbers = [value for value in shown if isinstance(value, float | int)]
    low, high = min(numbers, default=0), max(numbers, default=0)
    step = (high - low) / (len(BARS) - 1) or 1
    return "".join(BARS[round((value - low) / step)] if isinstance(value, float | int) else "·" for value in shown)


def status(job: JobJson) -> str:
    diverged = job["result"] and job["result"]["diverged_at_epoch"]
    return f"diverged at epoch {diverged}" if diverged else str(job["status"])


def short(value: Any) -> str:
    """A number with three decimals; the names of numbers that are not finite stay."""
    return f"{value:.3f}" if isinstance(value, float | int) else str(value)


def comparison_table(comparison: dict[str, Any]) -> Table:
    """One line an arm: final value with its interval and time to the threshold."""
    metric, threshold = comparison["metric"], comparison["threshold"]
    measured = (f"final {metric}", "interval", f"epochs to {threshold:g}", "reached")
    short_labels = all(len(arm["label"]) <= SHORT_LABEL for arm in comparison["arms"])
    table = Table(Column("arm", no_wrap=short_labels, overflow="fold"), "runs", "diverged", *measured)
    for arm in comparison["arms"]:
        final = arm["final"].get(metric) or {"mean": None, "low": None, "high": None}
        mean, low, high = ("" if value is None else f"{value:.3f}" for value in map(final.get, ("mean", "low", "high")))
        time = arm["epochs_to_threshold"]
        table.add_row(
            arm["label"], str(arm["runs"]), str(arm["diverged"]), mean, f"{low} to {high}" if low else "",
            "" if time["median"] is None else f"{time['median']:g}", str(time["reached"]),
        )  # fmt: skip
    return table


def dataset_line(found: dict[str, Any]) -> str:
    classes = f", classes {', '.join(map(str, found['labels']))}" if found["labels"] else ""
    dropped = f", {found['dropped_rows']} left out that miss a value" if found["dropped_rows"] else ""
    return f"{found['name']}: {found['train_rows']} rows to train and {found['test_rows']} to test on{dropped}{classes}"
