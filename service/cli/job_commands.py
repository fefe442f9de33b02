"""The commands about jobs: submit, look, follow, cancel, retry."""

from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from bn_models.spec.dataset import BUILT_IN
from bn_models.spec.network import Activation, Placement
from bn_models.spec.optimization import OptimizerName
from bn_models.spec.paths import assignment, changed
from service.cli import progress, rendering
from service.cli.terminal import (
    EXPERIMENTS,
    NOT_ALL_SUCCEEDED,
    AsJson,
    Server,
    console,
    print_json,
    read_object,
)
from service.client import BNLab, JobJson
from service.vocabulary import JobStatus

app = typer.Typer()
command = partial(app.command, rich_help_panel=EXPERIMENTS)

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
    server: Server = None,
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
        with BNLab(server) as lab:
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
    server: Server = None,
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
    with BNLab(server) as lab:
        page = lab.jobs(**{key: value for key, value in filters.items() if value is not None})
    print_json(page) if as_json else console.print(rendering.job_table(page["data"]))


@command()
def show(job_id: str, server: Server = None, as_json: AsJson = False) -> None:
    """Show one job: spec, result and curves.

    Example: bnlab show ID
    """
    with BNLab(server) as lab:
        job, metrics = lab.job(job_id), lab.metrics(job_id)
    if as_json:
        print_json({**job, "metrics": metrics})
    else:
        console.print(rendering.job_details(job), rendering.curves(metrics))


@command()
def watch(
    ids: Annotated[list[str], typer.Argument(help="Job ids.")], server: Server = None, as_json: AsJson = False
) -> None:
    """Follow jobs until they have ended; exit code 1 if one did not succeed.

    Example: bnlab watch ID
    """
    with BNLab(server) as lab:
        watched = [lab.job(job_id) for job_id in ids]
    _watch(server, watched, as_json)


@command()
def cancel(job_id: str, server: Server = None, as_json: AsJson = False) -> None:
    """Cancel a queued or running job.

    Example: bnlab cancel ID
    """
    with BNLab(server) as lab:
        _print_change(lab.cancel(job_id), as_json)


@command()
def retry(job_id: str, server: Server = None, as_json: AsJson = False) -> None:
    """Queue a failed or cancelled job again; it goes on from its checkpoint.

    Example: bnlab retry ID
    """
    with BNLab(server) as lab:
        _print_change(lab.retry(job_id), as_json)


def _watch(server: str | None, watched: list[JobJson], as_json: bool) -> None:
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


def _print_change(job: JobJson, as_json: bool) -> None:
    print_json(job) if as_json else console.print(f"{job['id']} {job['status']}", highlight=False)
