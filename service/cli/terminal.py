"""What all client commands share: the server's option, JSON in and out, the console."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console

from service.client import BNLab

console = Console()
NOT_ALL_SUCCEEDED = 1
EXPERIMENTS = "Experiments"
"""The panel of these commands in the help."""

Server = Annotated[str, typer.Option(envvar="BNLAB_SERVER", help="URL of the server.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def connected(server: str) -> BNLab:
    try:
        return BNLab(server)
    except httpx.InvalidURL as error:
        raise typer.BadParameter(f"server {server!r}: {error}") from error


def read_json(source: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if source == "-" else Path(source).read_text())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{source}: {error}") from error


def read_object(source: str, what: str) -> dict[str, Any]:
    value = read_json(source)
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{source}: {what} is a JSON object, not {json.dumps(value)[:60]}")
    return value


def print_json(value: Any) -> None:
    console.print_json(data=value) if console.is_terminal else typer.echo(json.dumps(value))
