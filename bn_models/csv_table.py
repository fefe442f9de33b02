"""CSV -> table: UTF-8, commas, one line of column names. Read in pieces, so that a large file needs little memory."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from bn_models.table import (
    PREVIEW_ROWS,
    Array,
    Column,
    Table,
    TableError,
    check_columns,
    check_size,
    float32,
    is_number,
    missing,
    words_as_feature,
)

ROWS_AT_ONCE = 5_000
MISSING = {"", "na", "n/a", "nan", "null", "?"}
BOOLEANS = {"true": 1.0, "false": 0.0}
Rows = list[list[str]]


def read(path: Path, target: str | None, *, regression: bool, most_bytes: int) -> Table:
    """Cells that are empty, NA, N/A, NaN, null or ? are missing ones. Columns of true and false become 1 and 0.

    The target of a classification stays words, that of a regression becomes float32. Raises TableError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, target, regression, most_bytes)
    except UnicodeDecodeError as error:
        raise TableError("the file is not UTF-8 text: save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise TableError(f"the file is not readable as CSV ({error}): is a quotation mark left open?") from error


def _read(file: TextIO, target: str | None, regression: bool, most_bytes: int) -> Table:
    reader = csv.reader(file, strict=True)
    names = [name.strip() for name in next(reader, [])]
    if not names:
        raise TableError("the file is empty: the first line must name the columns")
    if len(names) == 1 and (separator := next((s for s in ";\t|" if s in names[0]), None)):
        raise TableError(f"the columns are separated by {separator!r}: separate them by commas")
    at = check_columns(names, target)
    words: dict[str, str] = {}  # one object a class, however many rows
    numbers, labels, preview = [], [], Rows()
    dtypes: dict[str, str] = {}
    rows = 0
    for piece in _pieces(reader, names):
        check_size(rows + len(piece), len(names) - 1, most_bytes)
        preview = preview or piece[:PREVIEW_ROWS]
        values = _numbers(piece, names, rows + 1, None if regression else at, dtypes)
        if not regression:
            labels += [words.setdefault(word, word) for word in (row[at].strip() for row in piece)]
        numbers.append(values)
        rows += len(piece)
    if rows == 0:
        raise TableError("the file has column names and no rows")
    values = np.concatenate(numbers)
    columns = [Column(name, dtypes.get(name, "label")) for name in names]
    return Table(
        x=np.delete(values, at, axis=1),
        y=values[:, at] if regression else labels,
        columns=columns[:at] + columns[at + 1 :],
        target=columns[at],
        preview_columns=names,
        preview=[[*row] for row in preview],
    )


def _pieces(reader: Iterator[list[str]], names: list[str]) -> Iterator[Rows]:
    first = 1
    while lines := list(islice(reader, ROWS_AT_ONCE)):
        rows = [line for line in lines if line]  # blank lines are nothing
        for row, cells in enumerate(rows, first):
            if len(cells) != len(names):
                raise TableError(
                    f"row {row} has {len(cells)} cells and the file has {len(names)} columns: correct the row "
                    "(a cell with a comma in it needs quotation marks around it)"
                )
        yield rows
        first += len(rows)


def _numbers(piece: Rows, names: list[str], first_row: int, labels_at: int | None, dtypes: dict[str, str]) -> Array:
    """float32 (rows, columns), zeros in the column of labels; adds what the columns are to ``dtypes``."""
    values = np.zeros((len(piece), len(names)))
    wrong: list[tuple[int, str]] = []
    for position, (name, cells) in enumerate(zip(names, zip(*piece, strict=True), strict=True)):
        try:
            if position == labels_at:
                _check_words(cells)
            else:
                values[:, position], dtype = _column(cells)
                dtypes[name] = _common_dtype(dtypes.get(name, dtype), dtype)
        except _BadCell as bad:
            where = f"row {first_row + bad.row}, column {name!r}"
            wrong.append((bad.row, missing(where) if bad.missing else words_as_feature(where, cells[bad.row])))
    if wrong:
        raise TableError(min(wrong, key=lambda found: found[0])[1])
    return float32(values, names, first_row)


class _BadCell(Exception):
    def __init__(self, row: int, missing: bool) -> None:
        self.row, self.missing = row, missing


def _check_words(cells: Sequence[str]) -> None:
    for row, cell in enumerate(cells):
        if cell.strip().lower() in MISSING:
            raise _BadCell(row, missing=True)


def _column(cells: Sequence[str]) -> tuple[Array, str]:
    """The numbers of some cells of a column, and what they are: bool, int or float."""
    try:
        values = np.array(cells, np.float64)
    except ValueError:
        return _booleans(cells), "bool"
    if np.isnan(values).any():
        raise _BadCell(int(np.argmax(np.isnan(values))), missing=True)
    return values, "int" if (values == np.floor(values)).all() else "float"


def _booleans(cells: Sequence[str]) -> Array:
    lowered = [cell.strip().lower() for cell in cells]
    booleans = sum(cell in BOOLEANS for cell in lowered)
    expected = BOOLEANS.__contains__ if 2 * booleans > len(cells) else is_number
    row = next((row for row, cell in enumerate(lowered) if cell in MISSING or not expected(cell)), None)
    if row is not None:
        raise _BadCell(row, missing=lowered[row] in MISSING)
    return np.array([BOOLEANS[cell] for cell in lowered])


def _common_dtype(first: str, second: str) -> str:
    if first == second:
        return first
    if "bool" in (first, second):
        raise _BadCell(0, missing=False)
    return "float"
