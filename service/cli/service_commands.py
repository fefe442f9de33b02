"""The commands that serve, train and look after the database. What they run is loaded when they are called."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.terminal import AsJson, Server, console, print_json
from service.settings import Settings

app = typer.Typer()
db = typer.Typer(help="The database.", no_args_is_help=True)
CHECK_FAILED = 1

Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000")]
Url = Annotated[str | None, typer.Option(help="SQLAlchemy URL.", show_default="sqlite:///bnlab.db")]
DataDir = Annotated[Path | None, typer.Option(help="Folder with mnist.npz and so on.")]
Slots = Annotated[int | None, typer.Option(help="Number of trainers.", show_default="one a core")]
ApiWorkers = Annotated[int | None, typer.Option(help="Number of API processes.", show_default="1")]


class DatabaseFault(Exception):
    """The database cannot be used; the message says why."""


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    database: Url = None,
    data_dir: DataDir = None,
    slots: Slots = None,
    api_workers: ApiWorkers = None,
) -> None:
    """Run API and worker together.

    Example: bnlab serve --port 8000
    """
    from service.api.server import serve_api
    from service.dashboard import site
    from service.processes import RestartedProcess
    from service.worker.process import run_worker

    settings = _settings(
        host=host, port=port, database=database, data_dir=data_dir, slots=slots, api_workers=api_workers
    )
    _upgrade(settings)
    with RestartedProcess(run_worker, settings, grace_seconds=settings.grace_seconds + 5):
        serve_api(settings, site.install)


@app.command()
def api(host: Host = None, port: Port = None, database: Url = None, api_workers: ApiWorkers = None) -> None:
    """Run the API alone.

    Example: bnlab api --database sqlite:///bnlab.db --api-workers 2
    """
    from service.api.server import serve_api
    from service.dashboard import site

    settings = _settings(host=host, port=port, database=database, api_workers=api_workers)
    _upgrade(settings)
    serve_api(settings, site.install)


@app.command()
def worker(database: Url = None, data_dir: DataDir = None, slots: Slots = None) -> None:
    """Run a worker alone.

    Example: bnlab worker --slots 2
    """
    from service.worker.process import run_worker

    settings = _settings(database=database, data_dir=data_dir, slots=slots)
    with _faults_of_the_database():
        run_worker(settings)


@app.command("doctor")
def run_doctor(database: Url = None, data_dir: DataDir = None, server: Server = None, as_json: AsJson = False) -> None:
    """Check this installation; exit code 1 if something is wrong.

    Example: bnlab doctor
    """
    from service.cli import doctor
    from service.client.address import server_or_default

    settings = _settings(database=database, data_dir=data_dir)
    with _faults_of_the_database():
        findings = doctor.examine(settings, server_or_default(server))
    if as_json:
        print_json([finding.__dict__ for finding in findings])
    else:
        for finding in findings:
            console.print(f"{'ok  ' if finding.ok else 'FAIL'} {finding.what}: {finding.detail}", highlight=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(CHECK_FAILED)


@db.command()
def upgrade(database: Url = None) -> None:
    """Bring the database to this release's schema.

    Example: bnlab db upgrade
    """
    _upgrade(_settings(database=database))


def _settings(**flags: Any) -> Settings:
    return Settings(**{name: value for name, value in flags.items() if value is not None})


def _upgrade(settings: Settings) -> None:
    with _faults_of_the_database():
        from service.database import migrate
        from service.database.engine import Database

        database = Database(settings.database)
        migrate.upgrade(database)
        database.close()


@contextmanager
def _faults_of_the_database() -> Iterator[None]:
    """Raises DatabaseFault for what SQLAlchemy raises in the block, and for a database of a newer release."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    from service.database.migrate import DatabaseTooNew

    try:
        yield
    except DatabaseTooNew as error:
        raise DatabaseFault(str(error)) from error
    except SQLAlchemyError as error:
        raise DatabaseFault(f"database: {error.orig if isinstance(error, DBAPIError) else error}") from error
