"""The commands that talk to a server: submit, look, predict, upload."""

from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bn_models.dataset_spec import BUILT_IN, Task
from bn_models.network_spec import Activation, Placement
from bn_models.optimization_spec import OptimizerName
from bn_models.table import Missing
from service import calls, export_commands, progress, rendering
from service.client import Job
from service.spec_paths import assignment, changed
from service.terminal import (
    HERE,
    NOT_ALL_SUCCEEDED,
    AsJson,
    Server,
    connected,
    console,
    print_json,
    read_json,
    read_object,
)
from service.vocabulary import JobStatus

app = typer.Typer()
app.add_typer(export_commands.app, name="export", rich_help_panel="Experiments")
command = partial(app.command, rich_help_panel="Experiments")

Dataset = Annotated[str | None, typer.Option(help="Name of the dataset.", autocompletion=lambda: list(BUILT_IN))]
PlacementOf = Annotated[Placement | None, typer.Option(help="Where batch normalization sits.")]
ActivationOf = Annotated[Activation | None, typer.Option(help="Activation of hidden layers.")]
Name = Annotated[str | None, typer.Option(help="Name of the job.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", metavar="KEY:VALUE", help="Tag of the job; repeatable.")]


@command()
def submit(
    spec: Annotated[str | None, typer.Argument(help="File with a spec in JSON, or - for standard input.")] = None,
    dataset: Dataset = None,
    placement: PlacementOf = None,
    activation: ActivationOf = None,
    network: Annotated[str | None, typer.Option(help="mlp, cnn or rnn.")] = None,
    optimizer: Annotated[OptimizerName | None, typer.Option(help="Optimizer.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Learning rate.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Dropout after hidden blocks.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows a step.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and batches.")] = None,
    name: Name = None,
    tags: Tags = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY.PATH=VALUE", help="Any other field; repeatable.")
    ] = None,
    watching: Annotated[bool, typer.Option("--watch", help="Follow the job until it has ended.")] = False,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Submit a training job, from a file or from flags; flags win.

    Example: bnlab submit --dataset circles --placement none --set 'network.hidden_units=[50,50]' --watch
    """
    flags = {
        "dataset.name": dataset, "batch_norm.placement": placement, "activation": activation, "network.kind": network,
        "optimizer.name": optimizer, "learning_rate": learning_rate, "dropout": dropout, "batch_size": batch_size,
        "epochs": epochs, "seed": seed, "name": name,
    }  # fmt: skip
    changes = [(path, value) for path, value in flags.items() if value is not None]
    if spec is None and dataset is None:
        raise typer.BadParameter("give a file with a spec, or at least --dataset")
    try:
        changes += [assignment(text) for text in settings or ()]
        body = changed({} if spec is None else read_object(spec, "a spec"), changes)
        if tags:
            body["tags"] = {**(body.get("tags") or {}), **dict(_key_and_value(tag) for tag in tags)}
        with connected(server) as lab:
            job = lab.submit(body)
    except (TypeError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    if watching:
        _watch(server, [job], as_json)
    else:
        print_json(job) if as_json else console.print(job["id"], highlight=False)


@command()
def jobs(
    status: Annotated[JobStatus | None, typer.Option(help="Only jobs of this status.")] = None,
    dataset: Dataset = None,
    placement: PlacementOf = None,
    activation: ActivationOf = None,
    name: Name = None,
    tag: Annotated[str | None, typer.Option(metavar="KEY:VALUE", help="Only jobs with this tag.")] = None,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=1000)] = 20,
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first.

    Example: bnlab jobs --status running --placement none
    """
    if tag is not None:
        _key_and_value(tag)
    filters = {
        "status": status, "dataset": dataset, "placement": placement, "activation": activation, "name": name,
        "tag": tag, "limit": limit,
    }  # fmt: skip
    with connected(server) as lab:
        page = lab.jobs(**{key: value for key, value in filters.items() if value is not None})
    print_json(page) if as_json else console.print(rendering.job_table(page["data"]))


@command()
def show(job_id: str, server: Server = HERE, as_json: AsJson = False) -> None:
    """Show one job: spec, result and curves.

    Example: bnlab show ID
    """
    with connected(server) as lab:
        job, metrics = lab.job(job_id), lab.metrics(job_id)
    if as_json:
        print_json({**job, "metrics": metrics})
    else:
        console.print(rendering.job_details(job), rendering.curves(metrics))


@command()
def watch(
    ids: Annotated[list[str], typer.Argument(help="Job ids.")], server: Server = HERE, as_json: AsJson = False
) -> None:
    """Follow jobs until they have ended; exit code 1 if one did not succeed.

    Example: bnlab watch ID
    """
    with connected(server) as lab:
        watched = [lab.job(job_id) for job_id in ids]
    _watch(server, watched, as_json)


@command()
def cancel(job_id: str, server: Server = HERE, as_json: AsJson = False) -> None:
    """Cancel a queued or running job.

    Example: bnlab cancel ID
    """
    with connected(server) as lab:
        _print_change(lab.cancel(job_id), as_json)


@command()
def retry(job_id: str, server: Server = HERE, as_json: AsJson = False) -> None:
    """Queue a failed or cancelled job again; it goes on from its checkpoint.

    Example: bnlab retry ID
    """
    with connected(server) as lab:
        _print_change(lab.retry(job_id), as_json)


@command()
def predict(
    model: str,
    rows: Annotated[str, typer.Argument(help="File with a list of rows in JSON, or - for standard input.")],
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Predict rows with a trained model.

    Example: echo '[[0.1, 0.2]]' | bnlab predict ID -
    """
    with connected(server) as lab:
        answer = lab.json(calls.predict(model, read_json(rows)))
    if as_json:
        print_json(answer["predictions"])
        return
    for row, label in zip_longest(answer["predictions"], answer.get("labels", [])):
        numbers = [f"{value:.6f}" if isinstance(value, float) else str(value) for value in row]
        console.print("  ".join([*numbers, *([] if label is None else [str(label)])]), highlight=False, markup=False)


@command()
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
    server: Server = HERE,
    as_json: AsJson = False,
) -> None:
    """Upload a table to train on.

    Example: bnlab upload wine.csv --target cultivar
    """
    options = {
        "target": target, "task": task, "test_fraction": test_fraction, "seed": seed, "missing": missing,
        "standardize": standardize, "columns": columns and [column.strip() for column in columns.split(",")],
    }  # fmt: skip
    with connected(server) as lab:
        found = lab.upload(calls.suggested_name(file) if name is None else name, file, **options)
    print_json(found) if as_json else typer.echo(rendering.dataset_line(found))


def _watch(server: str, watched: list[Job], as_json: bool) -> None:
    try:
        ended = progress.watch(server, watched, Console(stderr=as_json))
    except KeyboardInterrupt:
        goes_on = " ".join(["they go on; follow them with: bnlab watch", *(job["id"] for job in watched)])
        typer.echo(goes_on, err=True)
        raise
    print_json(ended) if as_json else console.print(rendering.job_table(ended))
    if any(job["status"] != "succeeded" for job in ended):
        raise typer.Exit(NOT_ALL_SUCCEEDED)


def _key_and_value(tag: str) -> tuple[str, str]:
    key, colon, value = tag.partition(":")
    if not (key and colon):
        raise typer.BadParameter(f"{tag!r} is not of the form KEY:VALUE", param_hint="--tag")
    return key, value


def _print_change(job: Job, as_json: bool) -> None:
    print_json(job) if as_json else console.print(f"{job['id']} {job['status']}", highlight=False)
