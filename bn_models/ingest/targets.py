"""The column to predict -> class indices with their labels, or numbers."""

from dataclasses import dataclass

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.labels import as_labels, distinct
from bn_models.ingest.options import is_number
from bn_models.ingest.table import Array, UploadedTable

MOST_CLASSES = 1000
MOST_LABEL_CHARACTERS = 200


@dataclass(frozen=True, eq=False)
class Target:
    """y: int32 class indices with their labels, or float64 numbers without."""

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
    return Target(y.astype(np.float64), [])


def class_target(table: UploadedTable) -> Target:
    _check_whole(table)
    labels = as_labels(table.y)
    found = distinct(labels)
    if len(found) > MOST_CLASSES:
        raise TableError(
            f"the target {table.target.name!r} has {len(found):,} classes; at most {MOST_CLASSES:,} are accepted",
            "choose another target",
            Remedy.AS_NUMBER,
        )
    long = next((label for label in found if isinstance(label, str) and len(label) > MOST_LABEL_CHARACTERS), None)
    if long is not None:
        raise TableError(f"the label {long[:40]!r}… has more than {MOST_LABEL_CHARACTERS} characters: shorten it")
    index = {label: i for i, label in enumerate(found)}
    return Target(np.array([index[label] for label in labels], np.int32), found)


def _check_whole(table: UploadedTable) -> None:
    """Raises TableError for a number that is no class."""
    y = np.asarray(table.y, np.float64) if _is_numeric(table.y) else None
    if y is not None and len(fraction := np.flatnonzero(y != np.floor(y))):
        raise TableError(
            f"row {fraction[0] + 1}, target {table.target.name!r}: {y[fraction[0]]:g} is not a class; "
            "labels are words or integers",
            Remedy.AS_NUMBER,
        )


def _is_numeric(y: Array | list[str]) -> bool:
    if isinstance(y, np.ndarray):
        return y.dtype.kind in "iuf"
    return all(map(is_number, set(y)))
