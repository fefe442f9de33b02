"""``bnlab upload``: bring a table to train on."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bn_models.ingest.options import Missing
from bn_models.spec.dataset import Task
from service.cli import rendering
from service.cli.terminal import EXPERIMENTS, AsJson, Server, print_json
from service.cli.upload_words import refusal
from service.client import BNLab, ServerError, endpoints

app = typer.Typer()


@app.command(rich_help_panel=EXPERIMENTS)
def upload(
    file: Annotated[Path, typer.Argument(help="A .csv, .parquet or .npz file.", exists=True, dir_okay=False)],
    target: Annotated[str | None, typer.Option(help="Column to predict; an npz file has y.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the dataset.", show_default="the file's")] = None,
    task: Annotated[Task, typer.Option(help="What is predicted.")] = "classification",
    test_fraction: Annotated[float, typer.Option(help="Part of the rows to test on.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Seed of the split.")] = 0,
    columns: Annotated[str | None, typer.Option(help="To predict from, as a,b,c.", show_default="all others")] = None,
    missing: Annotated[Missing, typer.Option(help="What to do with rows that miss a value.")] = "refuse",
    standardize: Annotated[bool, typer.Option(help="Bring columns to mean 0 and variance 1.")] = True,
    missing_values: Annotated[
        list[str] | None, typer.Option(help="Stands for a missing value; repeatable.", show_default="the usual")
    ] = None,
    header: Annotated[
        bool | None, typer.Option(help="Whether the first line names the columns.", show_default="if it looks so")
    ] = None,
    index: Annotated[Literal["drop", "keep"], typer.Option(help="A pandas index in a Parquet file.")] = "drop",
    encoding: Annotated[str | None, typer.Option(help="Encoding of a CSV.", show_default="UTF-8")] = None,
    delimiter: Annotated[str, typer.Option(help="Between the cells of a CSV.")] = ",",
    decimal: Annotated[Literal[".", ","], typer.Option(help="Decimal mark of a CSV.")] = ".",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Upload a table to train on.

    Example: bnlab upload wine.csv --target cultivar
    """
    options = {
        "target": target, "task": task, "test_fraction": test_fraction, "seed": seed, "missing": missing,
        "standardize": standardize, "columns": columns and [column.strip() for column in columns.split(",")],
        "missing_values": missing_values, "header": header, "index": index, "encoding": encoding,
        "delimiter": delimiter, "decimal": decimal,
    }  # fmt: skip
    with BNLab(server) as lab:
        try:
            found = lab.upload(endpoints.suggested_name(file) if name is None else name, file, **options)
        except ServerError as error:
            raise refusal(error) from error
    print_json(found) if as_json else typer.echo(rendering.dataset_line(found))
    for warning in () if as_json else found.get("warnings", ()):
        typer.secho(f"warning: {warning}", fg="yellow", err=True)
