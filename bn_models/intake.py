"""A person's file -> a dataset that can be trained on: read, checked, split, standardized, described.

``python -m bn_models.intake`` does it in a process of its own, with bounded memory: a request as JSON on standard
input, the description or ``{"error": message}`` on standard output.
"""

import json
import math
import sys
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bn_models.table import Array, Missing, Table, TableError, Wanted

if sys.platform != "win32":
    import resource

MOST_CLASSES = 1000
MOST_LABEL_CHARACTERS = 200
MEMORY_FOR_LIBRARIES = 2 << 30
"""Address space, not memory in use: libraries reserve far more than they touch."""


@dataclass(frozen=True)
class Options:
    format: Literal["csv", "parquet", "npz"]
    target: str | None = None
    task: Literal["classification", "regression"] = "classification"
    test_fraction: float = 0.2
    seed: int = 0
    standardize: bool = True
    columns: list[str] | None = None
    missing: Missing = "refuse"

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.target, self.task == "regression", self.columns, self.missing == "drop")


@dataclass(frozen=True, eq=False)
class _Target:
    """y: int32 class indices with their labels, or float32 numbers without."""

    y: Array
    labels: list[str] | list[int]


def accept(path: Path, options: Options, most_bytes: int, destination: Path) -> dict[str, Any]:
    """Writes the dataset to ``destination`` and describes it; raises TableError for a file that cannot be accepted.

    The split is scikit-learn's ``train_test_split`` by seed, stratified by class, unless the file has its own. The
    stored rows are raw; ``scale`` and ``offset``, fitted on the training rows, go into the model:
    ``(raw - offset) * scale``. So it is with ``target_scale`` and ``target_offset`` of a regression.
    """
    regression = options.task == "regression"
    reader = import_module(f"bn_models.{options.format}_table")  # of its libraries only what the file needs
    table: Table = reader.read(path, options.wanted, most_bytes)
    target = _numeric_target(table) if regression else _classes(table)
    train, test = _split(table, target, options)
    if not regression:
        _check_classes(target, train)
    arrays = {"x_train": table.x[train], "y_train": target.y[train], "x_test": table.x[test], "y_test": target.y[test]}
    arrays |= _splitting().standardization(arrays["x_train"], options.standardize)
    if regression:
        fitted = _splitting().standardization(arrays["y_train"][:, None], options.standardize)
        arrays |= {f"target_{name}": values[0] for name, values in fitted.items()}
    np.savez(destination, allow_pickle=False, **arrays)
    counts = [] if regression else np.bincount(target.y, minlength=len(target.labels)).tolist()
    return {
        "task": options.task,
        "row_shape": list(table.x.shape[1:]),
        "labels": target.labels,
        "class_counts": counts,
        "rows": len(table.x),
        "dropped_rows": table.dropped_rows,
        "train_rows": len(train),
        "test_rows": len(test),
        "columns": [asdict(column) for column in table.columns],
        "target": asdict(table.target),
        "preview_columns": table.preview_columns,
        "preview": table.preview,
    }


def _splitting() -> Any:
    """Loaded only for a table that has been read: most of what is wrong with files is said without it."""
    return import_module("bn_models.splitting")


def _numeric_target(table: Table) -> _Target:
    y = np.asarray(table.y)
    if y.dtype.kind not in "biuf":
        raise TableError(f"the target {table.target.name!r} is not numeric: use task=classification")
    if len(y) < 3:
        raise TableError(f"the file has {len(y)} rows; a regression needs at least 3")
    if (y == y[0]).all():
        raise TableError(f"the target {table.target.name!r} is {y[0]} in every row: there is nothing to learn")
    return _Target(y.astype(np.float32), [])


def _classes(table: Table) -> _Target:
    values = _integers(table.y) if isinstance(table.y, list) else table.y
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "f":
            fraction = np.flatnonzero(values != np.floor(values))
            if len(fraction):
                raise TableError(
                    f"row {fraction[0] + 1}, target {table.target.name!r}: {values[fraction[0]]:g} is not a class; "
                    "labels are words or integers; to predict numbers use task=regression"
                )
        values = values.astype(np.int64)
    labels, y = np.unique(np.asarray(values), return_inverse=True)
    if len(labels) > MOST_CLASSES:
        raise TableError(
            f"the target {table.target.name!r} has {len(labels):,} classes; at most {MOST_CLASSES:,} are accepted: "
            "choose another target, or task=regression if it is a number"
        )
    found = labels.tolist()
    long = next((label for label in found if isinstance(label, str) and len(label) > MOST_LABEL_CHARACTERS), None)
    if long is not None:
        raise TableError(f"the label {long[:40]!r}… has more than {MOST_LABEL_CHARACTERS} characters: shorten it")
    return _Target(y.astype(np.int32), found)


def _integers(words: list[str]) -> Array | list[str]:
    """``words`` as numbers if every one of them is a number."""
    try:
        numbers = np.array(words, np.float64)
    except ValueError:
        return words
    return numbers if (np.abs(numbers) < 2**53).all() else words


def _split(table: Table, target: _Target, options: Options) -> tuple[Array, Array]:
    """Row numbers of training and of testing."""
    rows, classes = len(table.x), len(target.labels)
    if classes:
        _check_counts(table, target)
    if table.test_rows is not None:
        return np.arange(rows - table.test_rows), np.arange(rows - table.test_rows, rows)
    test_rows = math.ceil(rows * options.test_fraction)
    if not max(1, classes) <= test_rows <= rows - max(2, classes):
        raise TableError(
            f"test_fraction {options.test_fraction:g} of {rows} rows leaves {rows - test_rows} rows to train and "
            f"{test_rows} to test on, and there are {classes or 'no'} classes: change test_fraction or add rows"
        )
    train, test = _splitting().split(rows, options.test_fraction, target.y if classes else None, options.seed)
    return train, test


def _check_counts(table: Table, target: _Target) -> None:
    counts = np.bincount(target.y)
    if len(counts) < 2:
        raise TableError(
            f"the target {table.target.name!r} is {target.labels[0]!r} in every row: two classes are needed"
        )
    if counts.min() < 2:
        rare = int(counts.argmin())
        raise TableError(
            f"class {target.labels[rare]!r} of target {table.target.name!r} has 1 row, and each class needs at "
            "least 2: add rows or leave it out; if the target is a number to predict, use task=regression"
        )


def _check_classes(target: _Target, train: Array) -> None:
    counts = np.bincount(target.y[train], minlength=len(target.labels))
    if counts.min() == 0:
        raise TableError(
            f"class {target.labels[int(counts.argmin())]!r} has no row to train on: lower test_fraction or add rows"
        )


def main() -> None:
    request = json.load(sys.stdin)
    most_bytes = request["most_bytes"]
    _limit_memory(8 * most_bytes + MEMORY_FOR_LIBRARIES)
    try:
        found = accept(Path(request["path"]), Options(**request["options"]), most_bytes, Path(request["destination"]))
    except TableError as error:
        found = {"error": str(error)}
    except MemoryError:
        found = {"error": "the file needs more memory than this server gives to an upload: leave rows or columns out"}
    json.dump(found, sys.stdout)


def _limit_memory(most_bytes: int) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


if __name__ == "__main__":
    main()
