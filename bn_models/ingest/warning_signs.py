"""What a person should look at in an accepted table before anything is trained on it.

None of it makes a table wrong, so none of it is refused. What is looked at is bounded, so that the reading of the file
stays what an upload takes.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from bn_models.ingest.row_numbers import numbers_rows
from bn_models.ingest.table import Array
from bn_models.ingest.targets import Target
from bn_models.ingest.telling_columns import telling_columns

LARGE_SHARE = 0.8
"""From this share of the largest class on, an accuracy says little without it."""
MOST_ROWS_COMPARED = 200_000
"""Rows of each side of the split that are compared with the other's; of more, as many are drawn."""
ROWS_AT_ONCE = 1_000
MOST_NAMED = 10
"""Columns or classes that are named for one reason."""
LEAVE_OUT = "leave it out by naming the others to predict from (columns)"


def warning_signs(
    x: Array, target: Target, train: Array, stored: tuple[Array, Array], names: Sequence[str], label: str
) -> list[str]:
    """Sentences, each with the name of a column or class and what to do.

    ``x``: (rows, \\*row_shape), raw, with a name for each number of a row. ``train`` has the numbers of the training
    rows, ``stored`` the rows to train and to test on, as narrow as a model takes them. ``label`` is the target's name.
    """
    flat = x.reshape(len(x), -1)
    whole = (flat[:ROWS_AT_ONCE] == np.floor(flat[:ROWS_AT_ONCE])).all(axis=0)
    numbering = (
        f"column {name!r} has another whole number in each row, as row numbers and ids have, which tell nothing of new "
        f"rows: {LEAVE_OUT}"
        for i, name in enumerate(names)
        if whole[i] and numbers_rows(flat[:, i], name)
    )
    telling = (
        f"column {names[i]!r} alone tells the target {label!r}, {how}: if it is known only once the target is, "
        f"{LEAVE_OUT}"
        for i, how in telling_columns(flat, target)
    )
    of_classes = _of_classes(target, train, label) if target.labels else ()
    return [sentence for found in (numbering, telling, of_classes) for sentence in islice(found, MOST_NAMED)] + [
        *_equal_rows(*stored)
    ]


def _of_classes(target: Target, train: Array, label: str) -> Iterator[str]:
    classes = len(target.labels)
    counts = np.bincount(target.y, minlength=classes)
    if (share := counts.max() / len(target.y)) >= LARGE_SHARE:
        yield (
            f"class {target.labels[int(counts.argmax())]!r} of target {label!r} has {share:.1%} of the rows, and so "
            f"many are right for whoever always says so: compare accuracies with {share:.3f}"
        )
    to_train = np.bincount(target.y[train], minlength=classes)
    for name, rows, trained in zip(target.labels, counts, to_train, strict=True):
        if rows == 1:
            what = "one row, which is trained on and never tested"
        elif trained == 1:
            what = "one row to train on"
        elif trained == rows:
            what = "no row to test on"
        else:
            continue
        yield f"class {name!r} of target {label!r} has {what}: add rows of it, or leave it out"


def _equal_rows(x_train: Array, x_test: Array) -> Iterator[str]:
    """Equal in what a model is given: numbers that only float32's rounding tells apart are one."""
    part = len(x_train) > MOST_ROWS_COMPARED or len(x_test) > MOST_ROWS_COMPARED
    count = int(np.isin(_hashes(x_test), _hashes(x_train)).sum())
    if count:
        yield (
            f"{'at least ' if part else ''}{count:,} of the {len(x_test):,} rows to test on "
            f"{'is' if count == 1 else 'are'} equal to a row to train on in all columns to predict from, and what was "
            "learnt by heart counts as right: keep each once, or split them yourself (x_train and x_test of an npz)"
        )


def _hashes(x: Array) -> Array:
    """(rows,) of 64 bits; of very many rows those of some."""
    if len(x) > MOST_ROWS_COMPARED:
        x = x[np.sort(np.random.default_rng(0).choice(len(x), MOST_ROWS_COMPARED, replace=False))]
    found = np.empty(len(x), np.int64)
    for first in range(0, len(x), ROWS_AT_ONCE):
        part = x[first : first + ROWS_AT_ONCE].reshape(-1, x[0].size) + 0.0  # there are two zeros
        rows = np.ascontiguousarray(part).view(np.dtype((np.void, part.itemsize * part.shape[1])))
        found[first : first + len(part)] = [hash(row) for row in rows.ravel().tolist()]
    return found
