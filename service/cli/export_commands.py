"""``bnlab export``: what takes results elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from service.cli import tensorboard_files
from service.cli.terminal import Server, console
from service.client import BNLab, JobJson
from service.vocabulary import ModelFormat

app = typer.Typer(help="Take results elsewhere.", no_args_is_help=True)


@app.command("model")
def export_model(
    job_id: str,
    to: Annotated[Path, typer.Option(help="File to write.")],
    format: Annotated[ModelFormat, typer.Option(help="The inference-mode model, or the Keras original.")] = "onnx",
    server: Server = None,
) -> None:
    """Download a trained model.

    Example: bnlab export model ID --to model.onnx
    """
    with BNLab(server) as lab:
        data = lab.model(job_id, format)
    try:
        to.write_bytes(data)
    except OSError as error:
        raise typer.BadParameter(str(error)) from error
    console.print(f"{to}: {len(data):,} bytes", highlight=False)


@app.command("tensorboard")
def export_tensorboard(
    to: Annotated[Path, typer.Option(help="Folder for TensorBoard's --logdir.")],
    ids: Annotated[list[str] | None, typer.Argument(help="Job ids; left out: all jobs that have metrics.")] = None,
    server: Server = None,
) -> None:
    """Write curves and hyperparameters as TensorBoard event files, a folder for each job.

    Example: bnlab export tensorboard --to runs && tensorboard --logdir runs
    """
    with BNLab(server) as lab:
        jobs = [lab.job(job_id) for job_id in ids] if ids else list(_all_jobs(lab))
        shown = [job for job in jobs if job["progress"]["epoch"] > 0]
        try:
            for job in track(shown, "exporting", console=console, disable=not console.is_terminal):
                tensorboard_files.write(to, job, lab.metrics(job["id"]))
        except OSError as error:
            raise typer.BadParameter(str(error)) from error
    console.print(f"{len(shown)} jobs in {to}", highlight=False)


def _all_jobs(lab: BNLab) -> Iterator[JobJson]:
    after: dict[str, str] = {}
    while True:
        page = lab.jobs(limit=1000, **after)
        yield from page["data"]
        if not page["has_more"]:
            return
        after = {"after": page["next"]}
