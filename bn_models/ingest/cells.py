"""What can be wrong with a cell of a table, whatever format it came in."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.missing import misses
from bn_models.ingest.options import Options
from bn_models.ingest.table import Array

AS_NUMBERS = "write the column as numbers (one column of 0 and 1 for each category)"
MARKED_NUMBER = re.compile(r"[-+]?[\d.,]*\d(?:[eE][-+]?\d+)?")
"""With marks of decimals, of thousands, or of both."""


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
        fact = f"{where}: the value is missing, which {label!r} stands for if it is no class"
        return TableError(fact, "fill it in", Remedy.DROP_ROWS, Remedy.MARK_MISSING)
    return TableError(f"{where}: the value is missing", "fill it in", Remedy.DROP_ROWS)


def comment(where: str, text: str) -> TableError:
    return TableError(f"{where}: {text[:60]!r} looks like a comment; delete the line")


def no_number(where: str, word: str, wanted: Options, is_target: bool) -> TableError:
    """Of a cell of a feature, or of the target of a regression."""
    bare = word.strip()
    if bare.startswith("#"):
        return comment(where, word)
    if MARKED_NUMBER.fullmatch(bare) and wanted.decimal == "," and ("." in bare or bare.count(",") > 1):
        fact = f"{where}: {word!r} does not have a comma as its only mark"
        return TableError(fact, "write decimal commas, and thousands without a mark")
    if MARKED_NUMBER.fullmatch(bare) and wanted.decimal == "." and "," in bare:
        fact = f"{where}: {word!r} has a comma in it"
        return TableError(fact, "write decimal points, and thousands without a mark", Remedy.DECIMAL)
    if misses(bare, None) or not any(map(str.isalnum, bare)):
        what = repr(word) if bare else "an empty cell"
        fact = f"{where}: {what} is not a number, and not among what stands for a missing value"
        return TableError(fact, "correct it", Remedy.MARK_MISSING)
    if is_target:
        fact = f"{where}: {word!r} is not a number, as the target of a regression must be"
        return TableError(fact, "correct it", Remedy.AS_CLASSES)
    fact = f"{where}: {word!r} is not a number; features must be numbers, or true and false throughout"
    return TableError(fact, "correct it", AS_NUMBERS, Remedy.NAME_COLUMNS)
