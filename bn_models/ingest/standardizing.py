"""Columns to mean 0 and variance 1, and how many digits of the raw numbers a model needs for that."""

from collections.abc import Iterator, Sequence

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.table import Array

LOSS = 1e-5
"""What narrowing to float32 may move a number by, as a part of its column's standard deviation."""
COLUMNS_AT_ONCE = 64


def standardization(x: Array) -> tuple[Array, Array]:
    """scale and offset (\\*row_shape) of ``x`` (rows, \\*row_shape), float64: ``(x - offset) * scale`` is standardized.

    Deviations are divided by the largest before they are squared: squares of numbers below 1e-160 would be zero. A
    column whose numbers are all the same keeps its unit.
    """
    flat = x.reshape(len(x), -1)
    scale, offset = np.ones(flat.shape[1]), np.zeros(flat.shape[1])
    for part in _parts(flat.shape[1]):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # narrowed() refuses what is not finite
            columns = flat[:, part].astype(np.float64)
            offset[part] = columns.mean(axis=0)
            columns -= offset[part]
            largest = np.abs(columns).max(axis=0)
            constant = largest <= 8 * np.finfo(np.float64).eps * np.abs(offset[part])
            offset[part] = np.where(constant, flat[0, part], offset[part])  # the mean is rounded: 1e20 less 1e20 is 0
            unit = np.where(constant, 1.0, largest)
            deviation = unit * np.sqrt(np.mean((columns / unit) ** 2, axis=0))
            scale[part] = 1 / np.where(constant, 1.0, deviation)
    return scale.reshape(x.shape[1:]), offset.reshape(x.shape[1:])


def narrowed(x: Array, fitted: tuple[Array, Array], names: Sequence[str]) -> Array:
    """``x``, whose standardization is ``fitted``, as float32 if that moves no number by more than :data:`LOSS`.

    Raises TableError with the name of a column whose standardized numbers would not be finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        ends = [(end.astype(np.float64) - fitted[1]) * fitted[0] for end in (x.min(axis=0), x.max(axis=0))]
    readable = np.all([np.abs(end) <= np.finfo(np.float32).max for end in ends], axis=0).reshape(-1)
    if not readable.all():
        raise TableError(
            f"column {names[int(np.argmin(readable))]!r} cannot be standardized: its numbers are as far apart, or as "
            "near to each other, as the largest and smallest that computers have",
            "write it in another unit",
            Remedy.NAME_COLUMNS,
        )
    narrow, lossy = _narrow(x, fitted)
    return x if lossy.any() else narrow


def check_narrow(x: Array, fitted: tuple[Array, Array], names: Sequence[str]) -> Array:
    """``x`` as float32. Raises TableError with the name of a column that float32 cannot carry."""
    narrow, lossy = _narrow(x, fitted)
    if lossy.any():
        name = names[int(np.argmax(lossy))]
        raise TableError(
            f"column {name!r} is too far from zero, or too small, for the 32-bit numbers that networks compute with: "
            "its values would run together",
            Remedy.STANDARDIZE,
        )
    return narrow


def _narrow(x: Array, fitted: tuple[Array, Array]) -> tuple[Array, Array]:
    """``x`` as float32, and which columns (columns,) that moves by more than :data:`LOSS`."""
    with np.errstate(over="ignore", under="ignore"):
        narrow: Array = x.astype(np.float32)
    flat, flat_narrow = x.reshape(len(x), -1), narrow.reshape(len(x), -1)
    scale = fitted[0].reshape(-1)
    found = np.zeros(flat.shape[1], bool)
    for part in _parts(flat.shape[1]):
        kept = flat_narrow[:, part].astype(np.float64)
        kept[np.abs(kept) < np.finfo(np.float32).tiny] = 0.0  # subnormal: what computes with it may take it for zero
        with np.errstate(over="ignore", invalid="ignore"):  # infinity times zero is not small enough either
            moved = np.abs(kept - flat[:, part]) * scale[part]
        found[part] = ~(moved.max(axis=0) <= LOSS)
    return narrow, found


def _parts(columns: int) -> Iterator[slice]:
    """So few columns at a time that their float64 copies are small beside the table."""
    for first in range(0, columns, COLUMNS_AT_ONCE):
        yield slice(first, first + COLUMNS_AT_ONCE)
