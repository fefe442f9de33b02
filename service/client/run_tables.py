"""Runs that were trained elsewhere, as a person has them: a CSV, columns, a data frame, or a dict a row."""

import csv
import io
from pathlib import Path
from typing import Any, TypedDict

from service.client import named_rows
from service.client.endpoints import Call
from service.client.responses import NotSent
from service.non_finite import spelled_out

Runs = Path | bytes | Any
"""A file or the bytes of a CSV; else what :func:`service.client.named_rows.columns` takes."""


class RunsQuestion(TypedDict, total=False):
    """What a comparison of such runs is asked; see docs/reference/http.md.

    ``metric``: a column. ``threshold``: how soon it is reached. ``margin``, ``ratio_margin``: differences and ratios of
    times that are none worth speaking of. ``better``: "higher" or "lower". ``split``: "one" or "a seed", of so many
    ``test_rows`` and ``train_rows``.
    """

    metric: str | None
    threshold: float | None
    margin: float | None
    ratio_margin: float | None
    better: str | None
    confidence: float | None
    split: str | None
    test_rows: int | None
    train_rows: int | None


def compare(runs: Runs, baseline: str | float | None, question: RunsQuestion, format: str = "json") -> Call:
    """Without a ``baseline`` it is the arm of the first row. Raises NotSent for what is no table."""
    asked = {name: value for name, value in question.items() if value is not None}
    if isinstance(runs, Path | bytes):
        table = runs if isinstance(runs, bytes) else _read(runs)
        query = {"baseline": first_arm(table) if baseline is None else baseline, **asked, "format": format}
        body: dict[str, Any] = {"content": table, "headers": {"Content-Type": "text/csv"}, "params": query}
    else:
        columns = {name: [_plain(cell) for cell in cells] for name, cells in named_rows.columns(runs).items()}
        first = next(iter(columns.get("arm", ())), None)
        sent = {"columns": columns, "baseline": first if baseline is None else _plain(baseline), **asked}
        body = {"json": sent, "params": {"format": format}}
    return Call("POST", "/v1/comparisons", body)


def first_arm(table: bytes) -> str | None:
    """The arm of the first row; None where the server will say what is wrong with the table."""
    try:
        lines = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""))
        row = next(({name.strip(): cell for name, cell in line.items() if name} for line in lines), {})
    except (csv.Error, UnicodeDecodeError, AttributeError):
        return None
    return row.get("arm")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotSent(f"{file}: {error.strerror}") from error


def _plain(cell: Any) -> Any:
    """As JSON has it: of numpy's scalars the number, of a missing value of pandas nothing."""
    if hasattr(cell, "item"):
        cell = cell.item()
    if cell is None or isinstance(cell, str | int | float):
        return spelled_out(cell)
    return None if repr(cell) in ("<NA>", "NaT") else str(cell)
