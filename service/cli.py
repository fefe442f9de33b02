"""The command line and composition root: the only place that reads settings.

Exit codes: 0 all went well; 1 a job failed or was cancelled, or a check failed; 2 wrong usage (flags, files, settings);
3 the server cannot be reached; 4 the server refused the request; 5 the database cannot be used.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service import commands, doctor, schema, study_command
from service.api_server import serve_api
from service.calls import NotSent
from service.client import ServerError
from service.database import Database
from service.errors import DatabaseTooNew
from service.kept_process import KeptProcess
from service.settings import Settings
from service.terminal import AsJson, console, print_json
from service.worker import run_worker

app = typer.Typer(
    help="Train networks with and without batch normalization, compare and serve them.", no_args_is_help=True
)
db = typer.Typer(help="The database.", no_args_is_help=True)
commands.command()(study_command.study)
app.add_typer(commands.app)
app.add_typer(db, name="db")

CHECK_FAILED, WRONG_USAGE, UNREACHABLE, REFUSED, DATABASE = 1, 2, 3, 4, 5

Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000")]
Url = Annotated[str | None, typer.Option(help="SQLAlchemy URL.", show_default="sqlite:///bnlab.db")]
DataDir = Annotated[Path | None, typer.Option(help="Folder with mnist.npz and so on.")]
Slots = Annotated[int | None, typer.Option(help="Number of trainers.", show_default="one a core")]
ApiWorkers = Annotated[int | None, typer.Option(help="Number of API processes.", show_default="1")]
Server = Annotated[str | None, typer.Option(help="URL of the server.", show_default="http://127.0.0.1:8000")]


def main() -> None:
    """Runs the command; what a person can mend is said in one line, without a traceback."""
    try:
        app(prog_name="bnlab")
    except NotSent as error:
        _fail(WRONG_USAGE, str(error))
    except ServerError as error:
        more = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors[1:]]
        _fail(UNREACHABLE if error.status is None else REFUSED, str(error), *more)
    except ValidationError as error:
        _fail(
            WRONG_USAGE,
            *(f"setting {'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()),
        )
    except DatabaseTooNew as error:
        _fail(DATABASE, str(error))
    except SQLAlchemyError as error:
        _fail(DATABASE, f"database: {error.orig if isinstance(error, DBAPIError) else error}")


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
    settings = _settings(
        host=host, port=port, database=database, data_dir=data_dir, slots=slots, api_workers=api_workers
    )
    _upgrade(settings)
    with KeptProcess(run_worker, settings, grace_seconds=settings.grace_seconds + 5):
        serve_api(settings)


@app.command()
def api(host: Host = None, port: Port = None, database: Url = None, api_workers: ApiWorkers = None) -> None:
    """Run the API alone.

    Example: bnlab api --database sqlite:///bnlab.db --api-workers 2
    """
    settings = _settings(host=host, port=port, database=database, api_workers=api_workers)
    _upgrade(settings)
    serve_api(settings)


@app.command()
def worker(database: Url = None, data_dir: DataDir = None, slots: Slots = None) -> None:
    """Run a worker alone.

    Example: bnlab worker --slots 2
    """
    run_worker(_settings(database=database, data_dir=data_dir, slots=slots))


@app.command("doctor")
def run_doctor(database: Url = None, data_dir: DataDir = None, server: Server = None, as_json: AsJson = False) -> None:
    """Check this installation; exit code 1 if something is wrong.

    Example: bnlab doctor
    """
    findings = doctor.examine(_settings(database=database, data_dir=data_dir, server=server))
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
    database = Database(settings.database)
    schema.upgrade(database)
    database.close()


def _fail(code: int, *messages: str) -> None:
    for message in messages:
        Console(stderr=True).print(f"error: {message}", style="red", highlight=False, soft_wrap=True, markup=False)
    sys.exit(code)
