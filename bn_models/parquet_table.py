"""Parquet -> table. What the file declares is checked before anything of it is decoded."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bn_models.table import (
    PREVIEW_ROWS,
    Array,
    Column,
    Table,
    TableError,
    check_columns,
    check_size,
    float32,
    missing,
)

ROWS_AT_ONCE = 50_000
MOST_BYTES_A_CELL = 64
"""Decoded size of a file, as it declares it itself, over its number of cells; words count."""


def read(path: Path, target: str | None, *, regression: bool, most_bytes: int) -> Table:
    """Features are columns of integers, floats or booleans, without nulls. Raises TableError."""
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            return _read(file, target, regression, most_bytes)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"the file is not readable as Parquet ({str(error)[:200]}): write it anew") from error


def _read(file: Any, target: str | None, regression: bool, most_bytes: int) -> Table:
    schema, names = file.schema_arrow, file.schema_arrow.names
    at = check_columns(names, target)
    rows = file.metadata.num_rows
    if rows == 0:
        raise TableError("the file has columns and no rows")
    check_size(rows, len(names) - 1, most_bytes)
    decoded = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
    if decoded > max(most_bytes, MOST_BYTES_A_CELL * rows * len(names)):
        raise TableError(f"the file unpacks to {decoded:,} bytes for {rows:,} rows: leave long texts out")
    for position, field in enumerate(schema):
        if position != at or regression:
            _check_numeric(field)
        elif not (_is_numeric(field.type) or _is_text(field.type)):
            raise TableError(f"the target {field.name!r} is {field.type}: labels are words, integers or booleans")
    pieces: list[Array] = []
    labels: list[Any] = []
    preview: list[list[Any]] = []
    for batch in file.iter_batches(ROWS_AT_ONCE, use_threads=False):
        preview = preview or [list(row.values()) for row in batch.slice(0, PREVIEW_ROWS).to_pylist()]
        first_row = 1 + sum(map(len, pieces))
        _check_nulls(batch, names, first_row)
        columns = [np.zeros(len(batch)) if i == at and not regression else _float64(column)
                   for i, column in enumerate(batch.columns)]  # fmt: skip
        pieces.append(float32(np.stack(columns, axis=1), names, first_row))
        if not regression:
            labels += batch.column(at).to_pylist()
    values = np.concatenate(pieces)
    found = [Column(field.name, str(field.type)) for field in schema]
    y = values[:, at] if regression else labels if _is_text(schema.field(at).type) else np.array(labels)
    return Table(np.delete(values, at, axis=1), y, found[:at] + found[at + 1 :], found[at], names, preview)


def _check_numeric(field: Any) -> None:
    if not _is_numeric(field.type):
        raise TableError(
            f"column {field.name!r} is {field.type}; features must be numbers: write it as numbers (one column of "
            "0 and 1 for each category), or leave it out"
        )


def _is_numeric(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _float64(column: Any) -> Array:
    values: Array = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _check_nulls(batch: Any, names: list[str], first_row: int) -> None:
    nulls = [
        (column.is_null().to_numpy(zero_copy_only=False).argmax(), name)
        for name, column in zip(names, batch.columns, strict=True)
        if column.null_count
    ]
    if nulls:
        row, name = min(nulls, key=lambda found: found[0])
        raise TableError(missing(f"row {first_row + row}, column {name!r}"))
