"""The column to predict -> class indices with their labels, or numbers."""

from dataclasses import dataclass

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.table import Array, UploadedTable

MOST_CLASSES = 1000
MOST_LABEL_CHARACTERS = 200


@dataclass(frozen=True, eq=False)
class Target:
    """y: int32 class indices with their labels, or float32 numbers without."""

    y: Array
    labels: list[str] | list[int]


def numeric_target(table: UploadedTable) -> Target:
    y = np.asarray(table.y)
    if y.dtype.kind not in "biuf":
        raise TableError(f"the target {table.target.name!r} is not numeric", Remedy.AS_CLASSES)
    if len(y) < 3:
        raise TableError(f"the file has {len(y)} rows; a regression needs at least 3")
    if (y == y[0]).all():
        raise TableError(f"the target {table.target.name!r} is {y[0]} in every row: there is nothing to learn")
    return Target(y.astype(np.float32), [])


def class_target(table: UploadedTable) -> Target:
    values = _integers(table.y) if isinstance(table.y, list) else table.y
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "f":
            fraction = np.flatnonzero(values != np.floor(values))
            if len(fraction):
                raise TableError(
                    f"row {fraction[0] + 1}, target {table.target.name!r}: {values[fraction[0]]:g} is not a class; "
                    "labels are words or integers",
                    Remedy.AS_NUMBER,
                )
        values = values.astype(np.int64)
    labels, y = np.unique(np.asarray(values), return_inverse=True)
    if len(labels) > MOST_CLASSES:
        raise TableError(
            f"the target {table.target.name!r} has {len(labels):,} classes; at most {MOST_CLASSES:,} are accepted",
            "choose another target",
            Remedy.AS_NUMBER,
        )
    found = labels.tolist()
    long = next((label for label in found if isinstance(label, str) and len(label) > MOST_LABEL_CHARACTERS), None)
    if long is not None:
        raise TableError(f"the label {long[:40]!r}… has more than {MOST_LABEL_CHARACTERS} characters: shorten it")
    return Target(y.astype(np.int32), found)


def _integers(words: list[str]) -> Array | list[str]:
    """``words`` as numbers if every one of them is a number."""
    try:
        numbers = np.array(words, np.float64)
    except ValueError:
        return words
    return numbers if (np.abs(numbers) < 2**53).all() else words
