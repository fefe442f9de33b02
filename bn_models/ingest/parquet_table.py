"""Parquet -> table. What the file declares is checked before anything of it is decoded."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bn_models.ingest.cells import AS_NUMBERS, finite, missing
from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.large_integers import LargeIntegers
from bn_models.ingest.options import Options
from bn_models.ingest.table import (
    PREVIEW_ROWS,
    Array,
    Column,
    UploadedTable,
    check_begins,
    check_rows,
    check_size,
    chosen,
)

ROWS_AT_ONCE = 50_000
MOST_BYTES_A_CELL = 64
"""Decoded size of a file, as it declares it itself, over its number of cells; words count."""


def read(path: Path, wanted: Options, most_bytes: int) -> UploadedTable:
    """Features are columns of integers, floats or booleans, without nulls. Raises TableError."""
    check_begins(path, b"PAR1", "Parquet")
    try:
        with pq.ParquetFile(path, memory_map=False) as file:
            return _read(file, wanted, most_bytes)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"the file is not readable as Parquet ({str(error)[:200]}): write it anew") from error


def _read(file: Any, wanted: Options, most_bytes: int) -> UploadedTable:
    everything = file.schema_arrow
    columns = [name for name in everything.names if name not in _index(everything, wanted)]
    schema = pa.schema([everything.field(columns[position]) for position in chosen(columns, wanted)])
    names, at, rows = schema.names, schema.names.index(wanted.target), file.metadata.num_rows
    check_rows(rows, 0)
    check_size(rows, len(names) - 1, most_bytes)
    decoded = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
    if decoded > max(most_bytes, MOST_BYTES_A_CELL * rows * len(everything)):
        raise TableError(f"the file unpacks to {decoded:,} bytes for {rows:,} rows: leave long texts out")
    for position, field in enumerate(schema):
        if position != at or wanted.regression:
            _check_numeric(field)
        elif not (_is_numeric(field.type) or _is_text(field.type)):
            raise TableError(f"the target {field.name!r} is {field.type}: labels are words, integers or booleans")
    pieces: list[Array] = []
    labels: list[Any] = []
    preview: list[list[Any]] = []
    first, large = 1, LargeIntegers()
    for read in file.iter_batches(ROWS_AT_ONCE, use_threads=False):
        batch = read.select(names)
        if wanted.drop_missing:
            complete = ~np.any([_missing(column, wanted) for column in batch.columns], axis=0)
            row_numbers, batch = first + np.flatnonzero(complete), batch.filter(pa.array(complete))
        else:
            row_numbers = np.arange(first, first + len(batch))
            _check_missing(batch, names, first, wanted)
        first += len(read)
        preview = preview or [list(row.values()) for row in batch.slice(0, PREVIEW_ROWS).to_pylist()]
        for i, (name, column) in enumerate(zip(names, batch.columns, strict=True)):
            if pa.types.is_integer(column.type) and (i != at or wanted.regression):
                large.add(name, column.to_numpy(zero_copy_only=False))
        columns = [np.zeros(len(batch)) if i == at and not wanted.regression else _float64(column)
                   for i, column in enumerate(batch.columns)]  # fmt: skip
        pieces.append(finite(np.stack(columns, axis=1), names, row_numbers.tolist()))
        if not wanted.regression:
            labels += batch.column(at).to_pylist()
    values = np.concatenate(pieces)
    check_rows(len(values), rows - len(values))
    large.check()
    found = [Column(field.name, str(field.type)) for field in schema]
    y = values[:, at] if wanted.regression else labels if _is_text(schema.field(at).type) else np.array(labels)
    return UploadedTable(
        x=np.delete(values, at, axis=1), y=y, columns=found[:at] + found[at + 1 :], target=found[at],
        preview_columns=names, preview=preview, dropped_rows=rows - len(values),
    )  # fmt: skip


def _index(schema: Any, wanted: Options) -> set[str]:
    """The columns that were a pandas index, which numbers or names rows and tells nothing of them."""
    described = (schema.metadata or {}).get(b"pandas")
    if wanted.index == "keep" or described is None:
        return set()
    index = {name for name in json.loads(described).get("index_columns", []) if isinstance(name, str)}
    return index - {wanted.target, *(wanted.columns or ())}


def _missing(column: Any, wanted: Options) -> Array:
    """(rows,) of bool: null, NaN, or a word or number that stands for it."""
    missing: Array = column.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    if _is_text(column.type):
        return np.array([word is None or wanted.misses(word) for word in column.to_pylist()], bool)
    marked = wanted.missing_numbers
    return missing | np.isin(_float64(column), marked) if marked else missing


def _check_numeric(field: Any) -> None:
    if not _is_numeric(field.type):
        raise TableError(
            f"column {field.name!r} is {field.type}; features must be numbers", AS_NUMBERS, Remedy.NAME_COLUMNS
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


def _check_missing(batch: Any, names: list[str], first_row: int, wanted: Options) -> None:
    found = [(_missing(column, wanted), name) for name, column in zip(names, batch.columns, strict=True)]
    places = [(int(mask.argmax()), name) for mask, name in found if mask.any()]
    if places:
        row, name = min(places, key=lambda place: place[0])
        column = batch.column(names.index(name))
        word = (column[row].as_py() or "") if _is_text(column.type) else ""
        raise missing(f"row {first_row + row}, column {name!r}", word)
