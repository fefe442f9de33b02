"""NumPy's npz -> table, without pickles. Every array's declared size is checked before it is unpacked."""

import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.lib import format as npy

from bn_models.ingest.cells import finite, missing
from bn_models.ingest.errors import TableError
from bn_models.ingest.labels import decoded
from bn_models.ingest.large_integers import LargeIntegers
from bn_models.ingest.options import Options
from bn_models.ingest.table import (
    MOST_COLUMNS,
    PREVIEW_ROWS,
    Array,
    Column,
    UploadedTable,
    check_begins,
    check_rows,
    check_size,
)

LAYOUTS = ({"x", "y"}, {"x_train", "y_train"}, {"x_train", "y_train", "x_test", "y_test"})
EXPECTED = "the arrays must be x and y, or x_train and y_train, with or without x_test and y_test"
MOST_HEADER_BYTES = 10_000


def read(path: Path, wanted: Options, most_bytes: int) -> UploadedTable:
    """x: numbers (rows, …) of one to three more axes; y: one label or number a row. Raises TableError."""
    if wanted.target is not None:
        raise TableError("the target of an npz file is its array y: name no column to predict")
    if wanted.columns is not None:
        raise TableError("columns are chosen of tables with named columns: leave the others out of the arrays")
    check_begins(path, b"PK", "an npz archive")
    try:
        with ZipFile(path) as archive:
            arrays = _read(archive, most_bytes)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise TableError(f"the file is not a readable npz archive ({error}): write it with numpy.savez") from error
    x, y, test_rows = arrays.get("x"), arrays.get("y"), None
    if x is None or y is None:
        _check_pair(arrays, "x_train", "y_train")
        x, y = arrays["x_train"], arrays["y_train"]
        if "x_test" in arrays:
            _check_pair(arrays, "x_test", "y_test")
            if arrays["x_test"].shape[1:] != x.shape[1:]:
                raise TableError(f"x_test has rows of shape {arrays['x_test'].shape[1:]}, x_train of {x.shape[1:]}")
            if (arrays["y_test"].dtype.kind in "US") != (y.dtype.kind in "US"):
                raise TableError(f"y_test is {arrays['y_test'].dtype} and y_train is {y.dtype}: write both alike")
            test_rows = len(arrays["x_test"])
            x, y = np.concatenate([x, arrays["x_test"]]), np.concatenate([y.ravel(), arrays["y_test"].ravel()])
    else:
        _check_pair(arrays, "x", "y")
    return _table(x, y.ravel(), test_rows, wanted)


def _table(x: Array, y: Array, test_rows: int | None, wanted: Options) -> UploadedTable:
    if x[0].size > MOST_COLUMNS:
        raise TableError(f"a row has {x[0].size:,} numbers; at most {MOST_COLUMNS:,} are accepted")
    names = [f"x{list(index)}" for index in np.ndindex(x.shape[1:])]
    dtype, flat = str(y.dtype), x.reshape(len(x), -1)
    if y.dtype.kind == "S":
        y = decoded(y, wanted.encoding or "utf-8")
    in_row, of_label = _missing_numbers(flat, wanted).any(axis=1), _missing_labels(y, wanted)
    complete = ~(in_row | of_label)
    row_numbers = np.arange(1, len(x) + 1)
    if wanted.drop_missing and not complete.all():
        row_numbers = row_numbers[complete]
        test_rows = test_rows and int(complete[-test_rows:].sum())
        flat, y = flat[complete], y[complete]
        check_rows(len(flat), len(x) - len(flat), named=False)
    elif of_label.any():
        row = int(of_label.argmax())
        raise missing(f"row {row + 1}, y", str(y[row]) if y.dtype.kind == "U" else "")
    _check_large([*zip(names, flat.T, strict=True), *[("y", y)] * wanted.regression])
    flat = finite(flat, names, row_numbers.tolist())
    if wanted.regression and y.dtype.kind == "U":
        raise TableError(f"y is {dtype}: the target of a regression must be numbers")
    if y.dtype.kind == "f":
        y = finite(y[:, None], ["y"], row_numbers.tolist())[:, 0]
    first = zip(flat[:PREVIEW_ROWS].tolist(), y[:PREVIEW_ROWS].tolist(), strict=True)
    return UploadedTable(
        x=flat.reshape(len(flat), *x.shape[1:]),
        y=y.tolist() if y.dtype.kind == "U" else y,
        columns=[Column(name, str(x.dtype)) for name in names],
        target=Column("y", dtype),
        preview_columns=[*names, "y"],
        preview=[[*cells, label] for cells, label in first],
        test_rows=test_rows,
        dropped_rows=len(x) - len(flat),
    )


def _check_large(columns: list[tuple[str, Array]]) -> None:
    large = LargeIntegers()
    for name, column in columns:
        if column.dtype.kind in "iu":
            large.add(name, column)
    large.check()


def _missing_labels(y: Array, wanted: Options) -> Array:
    """(rows,) of bool."""
    if y.dtype.kind == "U":
        return np.array([wanted.misses(word) for word in y.tolist()], bool)
    return _missing_numbers(y, wanted)


def _missing_numbers(values: Array, wanted: Options) -> Array:
    """Of bool, as ``values``: NaN, or a number that stands for it."""
    found = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    marked = wanted.missing_numbers
    return found | np.isin(values, marked) if marked else found


def _read(archive: ZipFile, most_bytes: int) -> dict[str, Array]:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if set(members) not in LAYOUTS or len(archive.infolist()) != len(members):
        shown = ", ".join(sorted(members)[:10]) or "nothing"
        raise TableError(f"{EXPECTED}; the file has {shown}")
    declared = {name: _declared(archive, info, name) for name, info in members.items()}
    total = sum(prod(shape) for shape, *_ in declared.values())
    check_size(1, total, most_bytes)
    if (unpacked := sum(info.file_size for info in members.values())) > 4 * most_bytes:
        raise TableError(f"the file unpacks to {unpacked:,} bytes: use smaller numbers or shorter words")
    return {name: _array(archive, members[name], *declared[name]) for name in members}


def _declared(archive: ZipFile, info: ZipInfo, name: str) -> tuple[tuple[int, ...], bool, Any, int]:
    """Shape, whether Fortran's order, dtype and the number of bytes before the data."""
    with archive.open(info) as file:
        version = npy.read_magic(file)
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if read is None:
            raise TableError(f"array {name} has npy format {version}: write it with numpy.save or numpy.savez")
        shape, fortran, dtype = read(file, max_header_size=MOST_HEADER_BYTES)
        start = file.tell()
    if dtype.hasobject:
        raise TableError(f"array {name} holds pickled Python objects, which are not loaded: make it numbers or words")
    kinds, what = ("biufUS", "numbers or words") if name.startswith("y") else ("biuf", "numbers")
    if dtype.kind not in kinds:
        raise TableError(f"array {name} is {dtype}: it must hold {what}")
    if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != info.file_size - start:
        raise TableError(
            f"array {name} declares shape {shape} of {dtype}, and the file holds {info.file_size - start:,} bytes of "
            "it: the file is damaged, write it anew"
        )
    return shape, fortran, dtype, start


def _array(archive: ZipFile, info: ZipInfo, shape: tuple[int, ...], fortran: bool, dtype: Any, start: int) -> Array:
    with archive.open(info) as file:
        data = file.read(info.file_size)  # no more is unpacked, whatever the archive really holds
    if len(data) != info.file_size:
        raise EOFError(f"{info.filename} ends early")
    return np.frombuffer(data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")


def _check_pair(arrays: dict[str, Array], x_name: str, y_name: str) -> None:
    x, y = arrays[x_name], arrays[y_name]
    if not 2 <= x.ndim <= 4 or 0 in x.shape:
        raise TableError(
            f"{x_name} has shape {x.shape}: it must be (rows, columns) or (rows, height, width[, channels])"
        )
    if y.shape not in ((len(x),), (len(x), 1)):
        raise TableError(
            f"{y_name} has shape {y.shape}: it must have one value for each of the {len(x)} rows of {x_name}"
        )
