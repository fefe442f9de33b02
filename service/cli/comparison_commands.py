"""``bnlab compare``: runs that were trained elsewhere, on a server or on one that runs as long as it takes."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from bn_models.statistics.metric_names import Better
from service.cli import rendering
from service.cli.comparing import Report, ServerOrOwn, check_report, server_there, write_report
from service.cli.question_options import Confidence, Margin, RatioMargin
from service.cli.terminal import EXPERIMENTS, AsJson, console, print_json
from service.client import BNLab
from service.client.embedded import embedded_service
from service.client.run_tables import RunsQuestion
from service.vocabulary import DEFAULT_SERVER

app = typer.Typer()


@app.command(rich_help_panel=EXPERIMENTS)
def compare(
    table: Annotated[str, typer.Argument(help="A CSV with columns arm, seed, epoch and metrics, or - for stdin.")],
    baseline: Annotated[str | None, typer.Option(help="Arm to compare with.", show_default="the first row's")] = None,
    metric: Annotated[
        str | None, typer.Option(help="Column to compare.", show_default="val_accuracy, or the only metric")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Of the metric: how soon it is reached.", show_default="0.8 of accuracies by epoch"),
    ] = None,
    margin: Margin = None,
    ratio_margin: RatioMargin = None,
    better: Annotated[
        Better | None, typer.Option(help="Of two values of the metric.", show_default="by its name")
    ] = None,
    confidence: Confidence = None,
    split: Annotated[
        Literal["one", "a seed"] | None,
        typer.Option(help="Whether all seeds share their test rows.", show_default="not known"),
    ] = None,
    test_rows: Annotated[int | None, typer.Option(help="Rows that the metric is measured on.", min=1)] = None,
    train_rows: Annotated[int | None, typer.Option(help="Rows that were trained on.", min=1)] = None,
    report: Report = None,
    server: ServerOrOwn = None,
    as_json: AsJson = False,
) -> None:
    """Compare runs that were trained elsewhere; nothing is trained or stored.

    Example: bnlab compare runs.csv --baseline plain --report out.html
    """
    check_report(report)
    runs = _read(table)
    question = RunsQuestion(
        metric=metric, threshold=threshold, margin=margin, ratio_margin=ratio_margin, better=better,
        confidence=confidence, split=split, test_rows=test_rows, train_rows=train_rows,
    )  # fmt: skip
    with _server(server, quiet=as_json) as url, BNLab(url) as lab:
        found = lab.compare(runs, baseline, **question)
        if report is not None:
            write_report(report, lab.compare_report(runs, report.suffix.lstrip("."), baseline, **question))
    if as_json:
        print_json(found)
        return
    for part in rendering.comparison_lines(found, console.width):
        console.print(part, highlight=False)


def _read(table: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if table == "-" else Path(table).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{table}: {error.strerror}") from error


@contextmanager
def _server(url: str | None, quiet: bool) -> Iterator[str]:
    """The one that is named or there; else one of its own, of which nothing stays."""
    if (there := server_there(url)) is not None:
        yield there
        return
    if not quiet:
        typer.echo(f"no server at {DEFAULT_SERVER}: running one until the runs are compared", err=True)
    with tempfile.TemporaryDirectory(prefix="bnlab-compare-") as folder, embedded_service(Path(folder), slots=1) as own:
        yield own
