"""The command line and composition root: the only place that reads settings."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service import doctor, progress, schema
from service.api_server import serve_api
from service.client import BNLab, Job, ServerError
from service.database import Database
from service.errors import DatabaseTooNew
from service.settings import Settings
from service.worker import WorkerProcess, run_worker

app = typer.Typer(
    help="Train networks with and without batch normalization, compare and serve them.", no_args_is_help=True
)
db = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(db, name="db")
console = Console()

Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000")]
Url = Annotated[str | None, typer.Option(help="SQLAlchemy URL.", show_default="sqlite:///bnlab.db")]
DataDir = Annotated[Path | None, typer.Option(help="Folder with mnist.npz and so on.")]
Slots = Annotated[int | None, typer.Option(help="Number of trainers.", show_default="one a core")]
ApiWorkers = Annotated[int | None, typer.Option(help="Number of API processes.", show_default="1")]
Server = Annotated[str | None, typer.Option(help="URL of the server.", show_default="http://127.0.0.1:8000")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def main() -> None:
    """Runs the command; what a person can mend is said in one line, without a traceback."""
    try:
        app()
    except (ServerError, DatabaseTooNew) as error:
        _fail(str(error))
    except ValidationError as error:
        for item in error.errors():
            _fail(f"setting {'.'.join(str(part) for part in item['loc'])}: {item['msg']}", exit=False)
        sys.exit(2)
    except SQLAlchemyError as error:
        _fail(f"database: {error.orig if isinstance(error, DBAPIError) else error}")


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    database: Url = None,
    data_dir: DataDir = None,
    slots: Slots = None,
    api_workers: ApiWorkers = None,
) -> None:
    """Run API and worker together. Example: bnlab serve --port 8000"""
    settings = _settings(
        host=host, port=port, database=database, data_dir=data_dir, slots=slots, api_workers=api_workers
    )
    _upgrade(settings)
    with WorkerProcess(settings):
        serve_api(settings)


@app.command()
def api(host: Host = None, port: Port = None, database: Url = None, api_workers: ApiWorkers = None) -> None:
    """Run the API alone. Example: bnlab api --database sqlite:///bnlab.db --api-workers 2"""
    settings = _settings(host=host, port=port, database=database, api_workers=api_workers)
    _upgrade(settings)
    serve_api(settings)


@app.command()
def worker(database: Url = None, data_dir: DataDir = None, slots: Slots = None) -> None:
    """Run a worker alone. Example: bnlab worker --slots 2"""
    run_worker(_settings(database=database, data_dir=data_dir, slots=slots))


@app.command()
def submit(
    spec: Annotated[str, typer.Argument(help="File with a spec in JSON, or - for standard input.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Submit a training job. Example: echo '{"dataset": "circles"}' | bnlab submit -"""
    with _lab(server) as lab:
        job = lab.submit(_read_json(spec))
    _print_json(job) if as_json else console.print(job["id"], highlight=False)


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(help="A .csv, .parquet or .npz file.", exists=True, dir_okay=False)],
    target: Annotated[str | None, typer.Option(help="Column to predict; an npz file has y.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the dataset.", show_default="the file's")] = None,
    task: Annotated[str, typer.Option(help="classification or regression.")] = "classification",
    test_fraction: Annotated[float, typer.Option(help="Part of the rows to test on.")] = 0.2,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Upload a table to train on. Example: bnlab upload wine.csv --target cultivar"""
    with _lab(server) as lab:
        found = lab.upload(name or file.stem.lower(), file, target=target, task=task, test_fraction=test_fraction)
    if as_json:
        _print_json(found)
    else:
        classes = f", classes {', '.join(map(str, found['labels']))}" if found["labels"] else ""
        split = f"{found['train_rows']} rows to train and {found['test_rows']} to test on"
        console.print(f"{found['name']}: {split}{classes}", highlight=False, markup=False)


@app.command()
def jobs(
    server: Server = None,
    status: Annotated[str | None, typer.Option(help="Only jobs of this status.")] = None,
    limit: Annotated[int, typer.Option(help="How many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first. Example: bnlab jobs --status running"""
    filters: dict[str, str | int] = {"limit": limit} | ({"status": status} if status else {})
    with _lab(server) as lab:
        page = lab.jobs(**filters)
    _print_json(page) if as_json else console.print(job_table(page["data"]))


@app.command()
def watch(
    ids: Annotated[list[str], typer.Argument(help="Job ids.")], server: Server = None, as_json: AsJson = False
) -> None:
    """Follow jobs until they have ended; exit code 1 if one did not succeed. Example: bnlab watch ID"""
    settings = _client_settings(server)
    with BNLab(settings.server) as lab:
        watched = [lab.job(job_id) for job_id in ids]
    ended = progress.watch(settings.server, watched, Console(stderr=as_json))
    _print_json(ended) if as_json else console.print(job_table(ended))
    if [job["status"] for job in ended] != ["succeeded"] * len(ids):
        raise typer.Exit(1)


@app.command()
def cancel(job_id: str, server: Server = None, as_json: AsJson = False) -> None:
    """Cancel a queued or running job. Example: bnlab cancel ID"""
    with _lab(server) as lab:
        job = lab.cancel(job_id)
    _print_json(job) if as_json else console.print(f"{job['id']} {job['status']}", highlight=False)


@app.command()
def predict(
    model: str,
    rows: Annotated[str, typer.Argument(help="File with a list of rows in JSON, or - for standard input.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Predict rows with a trained model. Example: echo '[[0.1, 0.2]]' | bnlab predict ID -"""
    with _lab(server) as lab:
        predictions = lab.predict(model, _read_json(rows))
    if as_json:
        _print_json(predictions)
    else:
        for row in predictions:
            console.print("  ".join(f"{value:.6f}" if isinstance(value, float) else str(value) for value in row))


@app.command("doctor")
def run_doctor(database: Url = None, data_dir: DataDir = None, server: Server = None, as_json: AsJson = False) -> None:
    """Check this installation; exit code 1 if something is wrong. Example: bnlab doctor"""
    findings = doctor.examine(_settings(database=database, data_dir=data_dir, server=server))
    if as_json:
        _print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            console.print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.detail}", highlight=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@db.command()
def upgrade(database: Url = None) -> None:
    """Bring the database to this release's schema. Example: bnlab db upgrade"""
    _upgrade(_settings(database=database))


def job_table(shown: list[Job]) -> Table:
    table = Table(Column("id", no_wrap=True), "name", "experiment", "status", "epochs", "accuracy or mae: train, test")
    for job in shown:
        spec, result = job["spec"], job["result"]
        diverged = result and result["diverged_at_epoch"]
        measure = "accuracy" if result and result["final"]["accuracy"] is not None else "mae"
        measures = [result["final"][name] for name in (measure, f"val_{measure}")] if result else []
        table.add_row(
            job["id"],
            job["name"] or "",
            f"{spec['dataset']['name']}, BN {spec['batch_norm']['placement']}, {spec['learning_rate']:g}",
            f"diverged at epoch {diverged}" if diverged else job["status"],
            f"{job['progress']['epoch']}/{job['progress']['epochs']}",
            ", ".join(f"{value:.3f}" if isinstance(value, float) else str(value) for value in measures),
        )
    return table


def _settings(**flags: Any) -> Settings:
    return Settings(**{name: value for name, value in flags.items() if value is not None})


def _client_settings(server: str | None) -> Settings:
    return _settings(server=server)


def _lab(server: str | None) -> BNLab:
    return BNLab(_client_settings(server).server)


def _upgrade(settings: Settings) -> None:
    database = Database(settings.database)
    schema.upgrade(database)
    database.close()


def _read_json(source: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if source == "-" else Path(source).read_text())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{source}: {error}") from error


def _print_json(value: Any) -> None:
    console.print_json(data=value) if console.is_terminal else typer.echo(json.dumps(value))


def _fail(message: str, exit: bool = True) -> None:
    Console(stderr=True).print(f"error: {message}", style="red", highlight=False, soft_wrap=True)
    if exit:
        sys.exit(1)
