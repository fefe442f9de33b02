"""Rows to predict, as a person has them: JSON, or a CSV with a line of column names."""

import csv
import io
from collections import Counter
from typing import Any

import typer

from service.cli.terminal import parsed_json, read_text

BOOLEANS = {"true": 1.0, "false": 0.0}
"""As in an uploaded table."""


def read_rows(source: str) -> Any:
    """What the JSON of ``source`` (``-``: standard input) holds, or columns by name of a CSV, which its name or its
    beginning tells. Cells that are no number stay words."""
    text = read_text(source)
    if source.lower().endswith(".csv") or (source == "-" and not text.lstrip().startswith(("[", "{"))):
        return _columns(source, text)
    return parsed_json(source, text)


def _columns(source: str, text: str) -> dict[str, list[Any]]:
    try:
        header, *rows = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except (csv.Error, ValueError) as error:
        raise typer.BadParameter(f"{source} is neither JSON nor a CSV with a line of column names") from error
    names = [name.strip() for name in header]
    [(most, count)] = Counter(names).most_common(1)
    if count > 1:
        raise typer.BadParameter(f"{source}: two columns are named {most!r}")
    if not rows:
        raise typer.BadParameter(f"{source}: there is no row below the line of column names")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise typer.BadParameter(f"{source}: row {number} has {len(row)} cells, and there are {len(names)} columns")
    return {name: [_cell(row[position]) for row in rows] for position, name in enumerate(names)}


def _cell(word: str) -> float | str:
    """Python's own reading takes 1_0 for 10."""
    lowered = word.strip().lower()
    try:
        return BOOLEANS[lowered] if lowered in BOOLEANS else word if "_" in word else float(word)
    except ValueError:
        return word
