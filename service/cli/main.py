"""The command line and composition root: the only place that reads the service's settings.

Exit codes: 0 all went well; 1 a job failed or was cancelled, or a check failed; 2 wrong usage (flags, files, settings,
an address that is taken); 3 the server cannot be reached; 4 the server refused the request; 5 the database cannot be
used.
"""

import sys

import typer
from pydantic import ValidationError
from rich.console import Console

from service.cli import (
    comparison_commands,
    dataset_commands,
    export_commands,
    job_commands,
    model_commands,
    service_commands,
    study_commands,
)
from service.cli.service_commands import DatabaseFault
from service.cli.terminal import EXPERIMENTS
from service.client import ServerError
from service.client.responses import NotSent

app = typer.Typer(
    help="Train networks with and without batch normalization, compare and serve them.", no_args_is_help=True
)
for commands in (service_commands, job_commands, model_commands, dataset_commands, study_commands, comparison_commands):
    app.add_typer(commands.app)
app.add_typer(export_commands.app, name="export", rich_help_panel=EXPERIMENTS)
app.add_typer(service_commands.db, name="db")

WRONG_USAGE, UNREACHABLE, REFUSED, DATABASE = 2, 3, 4, 5


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
    except DatabaseFault as error:
        _fail(DATABASE, str(error))


def _fail(code: int, *messages: str) -> None:
    for message in messages:
        Console(stderr=True).print(f"error: {message}", style="red", highlight=False, soft_wrap=True, markup=False)
    sys.exit(code)
