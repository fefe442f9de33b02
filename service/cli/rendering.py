"""Jobs, curves, comparisons and datasets as the terminal shows them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

from bn_models.spec.paths import flat
from service import comparison_tables
from service.client import JobJson

CURVES = (
    "loss", "train_loss", "val_loss", "accuracy", "train_accuracy", "val_accuracy", "mae", "train_mae", "val_mae",
)  # fmt: skip
BARS = "▁▂▃▄▅▆▇█"
CURVE_WIDTH = 50
MEASURES = "accuracy or mae: train, test (largest class's share)"
LONGEST_WORD = 28
"""Of a label; a longer one is folded, or it would leave no room for figures."""
WIDE = Console(width=10_000)
"""Where the room that a table would take is measured."""


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


def comparison_lines(comparison: Mapping[str, Any], width: int) -> Iterator[RenderableType]:
    """One line an arm and what it holds for, the figures, the findings, and the tables of what else was asked."""
    for arm in comparison["arms"]:
        yield Text(arm["headline"], style="bold")
    if line := comparison_tables.conditions(comparison):
        yield Text(line)
    yield ""
    full = _grid(comparison_tables.arms(comparison))
    yield full if _natural_width(full) <= width else _narrowed(comparison_tables.brief_arms(comparison), width)
    for arm in comparison["arms"]:
        yield Text(f"- {arm['finding']}")
    for part in comparison_tables.tables(comparison):
        yield ""
        yield Text(part.title, style="bold")
        grid = _grid(part)
        if part.rows:
            yield grid if _natural_width(grid) <= width else _records(part)
        yield from map(Text, part.notes)


def _grid(part: comparison_tables.Table) -> Table:
    first, *others = part.headers or [""]
    table = Table(Column(first, overflow="fold"), *others, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for row in part.rows:
        table.add_row(*map(Text, row))
    return table


def _narrowed(part: comparison_tables.Table, width: int) -> Table:
    """With labels folded between words, as far as figures need the room."""
    table, labels = _grid(part), [row[0] for row in part.rows]
    word = min(LONGEST_WORD, max((len(word) for label in labels for word in label.split()), default=0))
    room = max(map(len, labels), default=0) - (_natural_width(table) - width)
    table.columns[0].width = max(word, room)
    return table


def _records(part: comparison_tables.Table) -> Table:
    """A figure a line, for a table that is wider than the terminal."""
    table = Table.grid(Column(), Column(overflow="fold"), padding=(0, 2, 0, 0))
    for row in part.rows:
        for header, cell in zip(part.headers, row, strict=True):
            table.add_row(Text(header), Text(cell))
        table.add_row()
    return table


def _natural_width(table: Table) -> int:
    """Where no cell is folded."""
    return Measurement.get(WIDE, WIDE.options, table).maximum


def dataset_line(found: dict[str, Any]) -> str:
    classes = f", classes {', '.join(map(str, found['labels']))}" if found["labels"] else ""
    dropped = f", {found['dropped_rows']} left out that miss a value" if found["dropped_rows"] else ""
    return f"{found['name']}: {found['train_rows']} rows to train and {found['test_rows']} to test on{dropped}{classes}"
