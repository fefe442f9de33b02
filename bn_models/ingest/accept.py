"""A person's file -> a dataset that can be trained on: read, checked, split, standardized, described."""

import math
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.options import Options
from bn_models.ingest.standardizing import check_narrow, narrowed, standardization
from bn_models.ingest.table import Array, UploadedTable
from bn_models.ingest.targets import Target, class_target, numeric_target


def accept(path: Path, options: Options, most_bytes: int, destination: Path) -> dict[str, Any]:
    """Writes the dataset to ``destination`` and describes it; raises TableError for a file that cannot be accepted.

    The split is scikit-learn's ``train_test_split`` by seed, stratified by class, unless the file has its own. The
    stored rows are raw; ``scale`` and ``offset``, fitted on the training rows, go into the model:
    ``(raw - offset) * scale``. So it is with ``target_scale`` and ``target_offset`` of a regression.
    """
    regression = options.regression
    reader = import_module(f"bn_models.ingest.{options.format}_table")  # of its libraries only what the file needs
    table: UploadedTable = reader.read(path, options, most_bytes)
    target = numeric_target(table) if regression else class_target(table)
    train, test = _split(table, target, options)
    if not regression:
        _check_classes(target, train)
    names = [column.name for column in table.columns]
    x, arrays = _fitted(table.x, table.x[train], options.standardize, names)
    y = target.y
    if regression:
        y, of_target = _fitted(y[:, None], y[train, None], options.standardize, [table.target.name])
        y, arrays = y[:, 0], arrays | {f"target_{name}": values[0] for name, values in of_target.items()}
    arrays |= {"x_train": x[train], "y_train": y[train], "x_test": x[test], "y_test": y[test]}
    of_model = arrays["x_train"], arrays["x_test"]
    signs = import_module("bn_models.ingest.warning_signs")  # of scikit-learn, as the split
    warnings = signs.warning_signs(table.x, target, train, of_model, names, table.target.name)
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
        "warnings": warnings,
    }


def _fitted(x: Array, x_train: Array, standardize: bool, names: list[str]) -> tuple[Array, dict[str, Array]]:
    """``x`` in the precision that a model needs of it, and scale and offset, fitted on the training rows."""
    fitted = standardization(x_train)
    if standardize:
        return narrowed(x, fitted, names), {"scale": fitted[0], "offset": fitted[1]}
    row = x.shape[1:]
    return check_narrow(x, fitted, names), {"scale": np.ones(row), "offset": np.zeros(row)}


def _splitting() -> Any:
    """Loaded only for a table that has been read: most of what is wrong with files is said without it."""
    return import_module("bn_models.ingest.splitting")


def _split(table: UploadedTable, target: Target, options: Options) -> tuple[Array, Array]:
    """Row numbers of training and of testing. The only row of a class is one to train on."""
    rows = len(table.x)
    counts = np.bincount(target.y) if target.labels else None
    if counts is not None:
        _check_counts(table, target, counts)
    if table.test_rows is not None:
        return np.arange(rows - table.test_rows), np.arange(rows - table.test_rows, rows)
    alone = np.zeros(rows, bool) if counts is None else counts[target.y] == 1
    divided = np.flatnonzero(~alone)
    classes = 0 if counts is None else int((counts > 1).sum())
    test_rows = math.ceil(len(divided) * options.test_fraction)
    if not max(1, classes) <= test_rows <= len(divided) - max(2, classes):
        raise TableError(
            f"{options.test_fraction:g} of {rows} rows to test on leaves {rows - test_rows} rows to train and "
            f"{test_rows} to test on, and there are {len(target.labels) or 'no'} classes",
            Remedy.CHANGE_TEST_FRACTION,
            "add rows",
        )
    stratified = None if counts is None else target.y[divided]
    train, test = _splitting().split(len(divided), options.test_fraction, stratified, options.seed)
    return np.append(divided[train], np.flatnonzero(alone)), divided[test]


def _check_counts(table: UploadedTable, target: Target, counts: Array) -> None:
    if len(counts) < 2:
        raise TableError(
            f"the target {table.target.name!r} is {target.labels[0]!r} in every row: two classes are needed"
        )
    if (alone := int((counts == 1).sum())) > len(counts) / 2:
        first = target.labels[int(counts.argmin())]
        raise TableError(
            f"{alone:,} of the {len(counts):,} classes of target {table.target.name!r} have 1 row each, {first!r} "
            "among them: none of these can be tested",
            "add rows",
            "choose another target",
            Remedy.AS_NUMBER,
        )


def _check_classes(target: Target, train: Array) -> None:
    counts = np.bincount(target.y[train], minlength=len(target.labels))
    if counts.min() == 0:
        raise TableError(
            f"class {target.labels[int(counts.argmin())]!r} has no row to train on",
            Remedy.CHANGE_TEST_FRACTION,
            "add rows",
        )
