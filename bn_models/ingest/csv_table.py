"""CSV -> table: one line of names, unless there is none. Read in pieces, so that a large file needs little memory."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np

from bn_models.ingest.cells import finite, missing, no_number
from bn_models.ingest.csv_text import check_first_lines, opened, ragged
from bn_models.ingest.errors import TableError
from bn_models.ingest.labels import MOST
from bn_models.ingest.large_integers import LargeIntegers
from bn_models.ingest.options import Options, is_number
from bn_models.ingest.table import PREVIEW_ROWS, Array, Column, UploadedTable, check_rows, check_size, chosen

ROWS_AT_ONCE = 5_000
INTEGER = re.compile(r"\s*[-+]?\d{1,400}\s*")
BOOLEANS = {"true": 1.0, "false": 0.0}
Rows = list[list[str]]


def read(path: Path, wanted: Options, most_bytes: int) -> UploadedTable:
    """Cells that are empty, NA, N/A, NaN, null, None or ? are missing ones. Columns of true and false become 1 and 0.

    The target of a classification stays words, that of a regression becomes float64. Raises TableError.
    """
    try:
        with opened(path, wanted) as file:
            return _read(file, wanted, most_bytes)
    except csv.Error as error:
        raise TableError(f"the file is not readable as CSV ({error}): is a quotation mark left open?") from error


def _read(file: TextIO, wanted: Options, most_bytes: int) -> UploadedTable:
    spaces = wanted.delimiter == " "  # several in a row are one, as columns that stand below each other have them
    reader = csv.reader(file, strict=True, delimiter=wanted.delimiter, skipinitialspace=spaces)
    header = [name.strip() for name in next(filter(None, reader), [])]
    if not header:
        raise TableError("the file is empty: the first line must name the columns")
    below = next(filter(None, reader), None)
    lines: Iterator[list[str]] = reader if below is None else chain([below], reader)
    names = [str(position) for position in range(len(header))] if wanted.header is False else header
    check_first_lines(header, below or header, names, wanted)
    if wanted.header is False:
        lines = chain([header], lines)
    kept = chosen(names, wanted)
    names = [names[position] for position in kept]
    at = names.index(str(wanted.target))
    words: dict[str, str] = {}  # one object a class, however many rows
    numbers, labels, preview, large = [], [], Rows(), LargeIntegers()
    dtypes: dict[str, str] = {}
    rows = dropped = 0
    for first, cells in _pieces(lines, kept, len(header), wanted.delimiter):
        row_numbers = [
            n for n, row in enumerate(cells, first) if not (wanted.drop_missing and any(map(wanted.misses, row)))
        ]
        piece = [cells[n - first] for n in row_numbers]
        rows, dropped = rows + len(piece), dropped + len(cells) - len(piece)
        if not piece:
            continue
        check_size(rows, len(names) - 1, most_bytes)
        preview = preview or piece[:PREVIEW_ROWS]
        numbers.append(_numbers(piece, names, row_numbers, None if wanted.regression else at, dtypes, wanted))
        _add_large(large, piece, names, numbers[-1])
        if not wanted.regression:
            labels += [words.setdefault(word, word) for word in (row[at] for row in piece)]
    check_rows(rows, dropped)
    large.check()
    values = np.concatenate(numbers)
    columns = [Column(name, dtypes.get(name, "label")) for name in names]
    return UploadedTable(
        x=np.delete(values, at, axis=1),
        y=values[:, at] if wanted.regression else labels,
        columns=columns[:at] + columns[at + 1 :],
        target=columns[at],
        preview_columns=names,
        preview=[[*row] for row in preview],
        dropped_rows=dropped,
    )


def _pieces(reader: Iterator[list[str]], kept: Sequence[int], width: int, delimiter: str) -> Iterator[tuple[int, Rows]]:
    """The number of a first row, and the cells that are kept of it and of those behind it."""
    first = 1
    while lines := list(islice(reader, ROWS_AT_ONCE)):
        rows = [line for line in lines if line]  # blank lines are nothing
        for row, cells in enumerate(rows, first):
            if len(cells) != width:
                raise ragged(row, cells, width, delimiter)
        yield first, [[cells[position] for position in kept] for cells in rows]
        first += len(rows)


def _numbers(
    piece: Rows,
    names: list[str],
    row_numbers: Sequence[int],
    labels_at: int | None,
    dtypes: dict[str, str],
    wanted: Options,
) -> Array:
    """float64 (rows, columns), zeros in the column of labels; adds what the columns are to ``dtypes``."""
    values = np.zeros((len(piece), len(names)))
    wrong: list[tuple[int, TableError]] = []
    for position, (name, cells) in enumerate(zip(names, zip(*piece, strict=True), strict=True)):
        try:
            if position == labels_at:
                _check_words(cells, wanted)
            else:
                values[:, position], dtype = _column(cells, wanted)
                dtypes[name] = _common_dtype(dtypes.get(name, dtype), dtype)
        except _BadCell as bad:
            where, cell = f"row {row_numbers[bad.row]}, column {name!r}", cells[bad.row]
            label = cell if position == labels_at else ""
            error = missing(where, label) if bad.missing else no_number(where, cell, wanted, name == wanted.target)
            wrong.append((bad.row, error))
    if wrong:
        raise min(wrong, key=lambda found: found[0])[1]
    return finite(values, names, row_numbers)


class _BadCell(Exception):
    def __init__(self, row: int, missing: bool) -> None:
        self.row, self.missing = row, missing


def _add_large(large: LargeIntegers, piece: Rows, names: list[str], values: Array) -> None:
    """As they were written: ``values`` (rows, columns) have merged them already."""
    for position in np.flatnonzero((np.abs(values) >= MOST).any(axis=0)).tolist():
        integers = [int(row[position]) for row in piece if INTEGER.fullmatch(row[position])]
        large.add(names[position], np.array(integers, object))


def _check_words(cells: Sequence[str], wanted: Options) -> None:
    for row, cell in enumerate(cells):
        if wanted.misses(cell):
            raise _BadCell(row, missing=True)


def _column(cells: Sequence[str], wanted: Options) -> tuple[Array, str]:
    """The numbers of some cells of a column, and what they are: bool, int or float."""
    if wanted.missing_values is not None:
        _check_words(cells, wanted)
    if wanted.decimal != ".":
        for row, cell in enumerate(cells):
            if "." in cell:  # a separator of thousands, or a point that was left
                raise _BadCell(row, missing=False)
        cells = [cell.replace(wanted.decimal, ".") for cell in cells]
    try:
        values = np.array(cells, np.float64)
    except ValueError:
        return _booleans(cells, wanted), "bool"
    if np.isnan(values).any():
        row = int(np.argmax(np.isnan(values)))
        raise _BadCell(row, missing=wanted.misses(cells[row]))
    if (row := next((row for row, cell in enumerate(cells) if "_" in cell), -1)) >= 0:
        raise _BadCell(row, missing=False)  # Python reads 1_1 as 11
    return values, "int" if (values == np.floor(values)).all() else "float"


def _booleans(cells: Sequence[str], wanted: Options) -> Array:
    lowered = [cell.strip().lower() for cell in cells]
    booleans = sum(cell in BOOLEANS for cell in lowered)
    expected = BOOLEANS.__contains__ if 2 * booleans > len(cells) else is_number
    row = next((row for row, cell in enumerate(lowered) if wanted.misses(cell) or not expected(cell)), None)
    if row is not None:
        raise _BadCell(row, missing=wanted.misses(lowered[row]))
    return np.array([BOOLEANS[cell] for cell in lowered])


def _common_dtype(first: str, second: str) -> str:
    if first == second:
        return first
    if "bool" in (first, second):
        raise _BadCell(0, missing=False)
    return "float"
