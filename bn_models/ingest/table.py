"""A table as it was read from a person's file, before it is split; what can be wrong with any."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.options import Options, is_number

Array = np.ndarray[Any, Any]
MOST_COLUMNS = 10_000
PREVIEW_ROWS = 5


@dataclass(frozen=True)
class Column:
    name: str
    dtype: str


@dataclass(frozen=True, eq=False)
class UploadedTable:
    """x: float64 (rows, \\*row_shape), finite. y: (rows,) of numbers or a list of words, no value missing.

    ``preview``: the first rows as they were sent, whose cells ``preview_columns`` names: the target is among them.
    ``test_rows``: how many of the last rows are the file's own test split; None when it has none. ``dropped_rows`` were
    left out because they miss a value.
    """

    x: Array
    y: Array | list[str]
    columns: list[Column]
    target: Column
    preview_columns: list[str]
    preview: list[list[Any]]
    test_rows: int | None = None
    dropped_rows: int = 0


def chosen(names: Sequence[str], wanted: Options) -> list[int]:
    """Positions of the wanted columns among ``names``, the target's included, in the file's order."""
    target = wanted.target
    if len(names) > MOST_COLUMNS + 1:
        raise TableError(f"the file has {len(names):,} columns; at most {MOST_COLUMNS:,} are accepted")
    known = f"the file's columns are {_some(names)}"
    if target is None:
        raise TableError(f"no column to predict is named; {known}", Remedy.NAME_TARGET)
    if target not in names:
        raise TableError(
            f"there is no column {target!r} to predict{_meant(target, names)}; {known}{_numbered(wanted, names)}"
        )
    if len(names) == 1:
        raise TableError(f"the only column is the target {target!r}: there is nothing to predict it from")
    if unknown := next((name for name in wanted.columns or () if name not in names), None):
        raise TableError(f"there is no column {unknown!r} to predict from{_meant(unknown, names)}; {known}")
    if target in (wanted.columns or ()):
        raise TableError(f"the column {target!r} is to be predicted: leave it out of those to predict from")
    among = {target, *(names if wanted.columns is None else wanted.columns)}
    kept = [position for position, name in enumerate(names) if name in among]
    _check_names([names[position] for position in kept], kept)
    return kept


def _check_names(names: Sequence[str], positions: Sequence[int]) -> None:
    """Of the columns that are read: a file may number its rows in a column without a name."""
    seen: set[str] = set()
    for position, name in zip(positions, names, strict=True):
        if not name.strip():
            raise TableError(f"column {position + 1} has no name", "name it", Remedy.NAME_COLUMNS)
        if name in seen:
            raise TableError(f"two columns are named {name!r}: rename one of them")
        seen.add(name)


def _meant(name: str, names: Sequence[str]) -> str:
    """The column that only spaces or the case of letters tell from ``name``."""
    close = next((one for one in names if one.strip().lower() == name.strip().lower()), None)
    return "" if close is None else f", but there is {close!r}"


def _numbered(wanted: Options, names: Sequence[str]) -> str:
    if wanted.header is False:
        return " (without a line of names they are numbered)"
    return " (is the line with the names missing?)" if all(map(is_number, names)) else ""


def check_rows(rows: int, dropped: int, *, named: bool = True) -> None:
    """Raises TableError for a table without rows; ``named`` columns can be chosen from."""
    if rows == 0:
        if dropped:
            raise TableError("every row misses a value", "fill them in", *[Remedy.NAME_COLUMNS] * named)
        raise TableError("the file has column names and no rows")


def check_begins(path: Path, begin: bytes, what: str) -> None:
    """Raises TableError for a file that is not ``what`` by its first bytes."""
    with path.open("rb") as file:
        if file.read(len(begin)) != begin:
            raise TableError(f"the file is not {what}", "write it anew", Remedy.OTHER_TYPE)


def check_size(rows: int, numbers_a_row: int, most_bytes: int) -> None:
    size = rows * numbers_a_row * 4
    if size > most_bytes:
        raise TableError(
            f"{rows:,} rows of {numbers_a_row:,} numbers are {size:,} bytes as 32-bit numbers; at most {most_bytes:,} "
            "are accepted",
            "leave rows or columns out",
            Remedy.RAISE_LIMIT,
        )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
