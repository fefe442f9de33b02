"""Rows that name their columns (DataFrames, tables, records) -> numbers in a model's order, by name.

They are known by what they have, so that neither pandas nor polars nor pyarrow is needed.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.client.responses import NotSent
from service.columns import wrong_names

Table = tuple[list[Any], Callable[[Any], Any]]
"""The labels of the columns, and what gives a column by its label."""


def have_names(rows: Any) -> bool:
    return _table(rows) is not None or _are_records(rows)


def columns(rows: Any) -> dict[str, list[Any]]:
    """The cells by column; of records those of any, None where one has it not. Raises NotSent for what has no names."""
    if (table := _table(rows)) is not None:
        labels, column = table
        return {str(label): _cells(column(label)) for label in labels}
    if not _are_records(rows):
        raise NotSent(
            "these are no columns with names: give a dict of lists, a data frame, or a list with a dict a row"
        )
    records = [_record(row) or {} for row in rows]
    return {name: [record.get(name) for record in records] for record in records for name in record}


def in_order(rows: Any, columns: Sequence[str]) -> NDArray[np.float64]:
    """The numbers of ``rows``, which have names, as (rows, columns): in the order of ``columns``, the model's names.

    Raises NotSent, which lists the names that are unknown, missing or there twice, or says which cell is no finite
    number; rows are counted from 1.
    """
    if not columns:
        raise NotSent(
            "the rows name their columns, and the model has no names: it was trained on arrays or images, or before "
            "models kept the names of a table. Send the numbers alone, in the order trained on (rows.to_numpy())"
        )
    labels, column = _table(rows) or _of_records(rows, columns)
    _check([str(label) for label in labels], columns, "the rows")
    by_name = {str(label): label for label in labels}
    numbers = [_numbers(column(by_name[name]), name) for name in columns]
    if len({len(values) for values in numbers}) > 1:
        raise NotSent(f"the columns have {min(map(len, numbers))} to {max(map(len, numbers))} rows")
    return np.stack(numbers, axis=1)


def _table(rows: Any) -> Table | None:
    if isinstance(rows, Mapping):
        return list(rows), rows.__getitem__
    if hasattr(rows, "column_names"):  # pyarrow
        return list(rows.column_names), rows.__getitem__
    if hasattr(rows, "columns") and hasattr(rows, "to_numpy"):
        return list(rows.columns), rows.__getitem__
    if names := getattr(getattr(rows, "dtype", None), "names", None):
        return list(names), np.atleast_1d(rows).__getitem__
    return None


def _cells(column: Any) -> list[Any]:
    """Of pandas and numpy, polars, Arrow; or of what is a sequence itself."""
    for name in ("tolist", "to_list", "to_pylist"):
        if hasattr(column, name):
            return list(getattr(column, name)())
    if isinstance(column, str) or not hasattr(column, "__iter__"):
        raise NotSent(f"{column!r:.60} is no column: give a list with a value a row")
    return list(column)


def _are_records(rows: Any) -> bool:
    """Not TensorFlow Serving's ``[{"input": row}, …]``, which names a model's input and no column."""
    if not isinstance(rows, list | tuple) or len(rows) == 0:
        return False
    first = _record(rows[0])
    return first is not None and list(first) != ["input"]


def _record(row: Any) -> dict[str, Any] | None:
    """A row by name: a mapping or what is like one, a named tuple, an element of a structured array."""
    if hasattr(row, "keys"):
        return {str(name): row[name] for name in row.keys()}  # noqa: SIM118 - a pandas Series iterates over its values
    if hasattr(row, "_asdict"):
        return dict(row._asdict())
    if names := getattr(getattr(row, "dtype", None), "names", None):
        return {name: row[name] for name in names}
    return None


def _of_records(rows: Sequence[Any], columns: Sequence[str]) -> Table:
    records = []
    for number, row in enumerate(rows, 1):
        record = _record(row)
        if record is None:
            raise NotSent(f"row {number} has no names, and the first one has: give all of them alike")
        _check(list(record), columns, f"row {number}")
        records.append(record)
    return list(columns), lambda name: [record[name] for record in records]


def _check(given: Sequence[str], columns: Sequence[str], where: str) -> None:
    if fault := wrong_names(given, columns):
        raise NotSent(f"{where}: {fault}")


def _numbers(cells: Any, name: str) -> NDArray[np.float64]:
    values = np.asarray(cells, object) if isinstance(cells, list | tuple) else np.asarray(cells)
    if values.ndim != 1:
        raise NotSent(f"column {name!r} does not have one number a row")
    if values.dtype.kind not in "biufOUS":
        raise NotSent(f"column {name!r} is {values.dtype}: numbers are needed")
    if values.dtype.kind in "OUS":
        for number, cell in enumerate(values, 1):
            if not isinstance(cell, Real | Decimal | np.bool_):
                raise NotSent(f"column {name!r}, row {number}: {cell!r:.60} is not a number")
    numbers = values.astype(np.float64)
    if not np.isfinite(numbers).all():
        number = int(np.argmin(np.isfinite(numbers)))
        raise NotSent(f"column {name!r}, row {number + 1}: {numbers[number]} is not a finite number")
    return numbers
