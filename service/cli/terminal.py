"""What all client commands share: the server's option, JSON in and out, the console."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from service.vocabulary import DEFAULT_SERVER

console = Console()
NOT_ALL_SUCCEEDED = 1
EXPERIMENTS = "Experiments"
"""The panel of these commands in the help."""

Server = Annotated[
    str | None, typer.Option(help="URL of the server.", show_default=f"BNLAB_SERVER or {DEFAULT_SERVER}")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def read_text(source: str) -> str:
    """The text of a file, or of standard input where ``source`` is ``-``."""
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{source}: {error}") from error


def parsed_json(source: str, text: str) -> Any:
    """Refuses what Python would read: NaN, which is no JSON, and a name twice in one object, of which one is lost."""
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise typer.BadParameter(f"{source}: {error}") from error


def read_json(source: str) -> Any:
    return parsed_json(source, read_text(source))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"an object has {twice!r} twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def read_object(source: str, what: str) -> dict[str, Any]:
    value = read_json(source)
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{source}: {what} is a JSON object, not {json.dumps(value)[:60]}")
    return value


def print_json(value: Any) -> None:
    console.print_json(data=value) if console.is_terminal else typer.echo(json.dumps(value))
