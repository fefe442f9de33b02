"""A table as it was read from a person's file, before it is split; what can be wrong with any."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.options import Options, is_number

Array = np.ndarray[Any, Any]
MOST_COLUMNS = 10_000
PREVIEW_ROWS = 5
AS_NUMBERS = "write the column as numbers (one column of 0 and 1 for each category)"
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


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
        header = " (is the line with the names missing?)" if all(map(is_number, names)) else ""
        raise TableError(f"there is no column {target!r} to predict; {known}{header}")
    if len(names) == 1:
        raise TableError(f"the only column is the target {target!r}: there is nothing to predict it from")
    among = set(names if wanted.columns is None else wanted.columns)
    if unknown := next((name for name in wanted.columns or () if name not in names), None):
        raise TableError(f"there is no column {unknown!r} to predict from; {known}")
    if wanted.columns is not None and target in among:
        raise TableError(f"the column {target!r} is to be predicted: leave it out of columns")
    kept = [position for position, name in enumerate(names) if name == target or name in among]
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


def check_rows(rows: int, dropped: int) -> None:
    if rows == 0:
        if dropped:
            raise TableError("every row misses a value", "fill them in", Remedy.NAME_COLUMNS)
        raise TableError("the file has column names and no rows")


def check_size(rows: int, numbers_a_row: int, most_bytes: int) -> None:
    size = rows * numbers_a_row * 4
    if size > most_bytes:
        raise TableError(
            f"{rows:,} rows of {numbers_a_row:,} numbers are {size:,} bytes as 32-bit numbers; at most {most_bytes:,} "
            "are accepted",
            "leave rows or columns out",
            Remedy.RAISE_LIMIT,
        )


def finite(values: Array, names: Sequence[str], row_numbers: Sequence[int]) -> Array:
    """``values`` (rows, columns) as floats that hold them; TableError for the first that is missing or not finite."""
    numbers: Array = values.astype(
        np.promote_types(values.dtype, np.float32), copy=False
    )  # float64 for 32-bit integers
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row, column = (int(i) for i in np.argwhere(wrong)[0])
        raise _not_finite(values[row, column], f"row {row_numbers[row]}, column {names[column]!r}")
    return numbers


def _not_finite(value: Any, where: str) -> TableError:
    if np.isnan(value):
        return missing(where)
    return TableError(f"{where}: {value} is not a finite number", "correct it", "leave the row out")


def missing(where: str, label: str = "") -> TableError:
    """``label`` is a word that stands for a missing class, and could be the name of one."""
    if label.strip():
        fact = f"{where}: the value is missing, which {label!r} stands for"
        return TableError(fact, "fill it in", Remedy.DROP_ROWS, Remedy.MISSING_VALUES)
    return TableError(f"{where}: the value is missing", "fill it in", Remedy.DROP_ROWS)


def words_as_feature(where: str, word: str) -> TableError:
    if THOUSANDS.fullmatch(word.strip()):
        fact = f"{where}: {word!r} has a comma, which may stand between thousands or before decimals"
        return TableError(fact, "write neither", Remedy.DECIMAL)
    if DECIMAL_COMMA.fullmatch(word.strip()):
        return TableError(f"{where}: {word!r} has a decimal comma", "write decimal points", Remedy.DECIMAL)
    fact = f"{where}: {word!r} is not a number; features must be numbers, or true and false throughout"
    return TableError(fact, "correct it", AS_NUMBERS, Remedy.NAME_COLUMNS)


def unknown_encoding(name: str | None) -> TableError:
    return TableError(f"there is no encoding {name!r}: use one that Python knows, as cp1252")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:60]) for name in names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown
