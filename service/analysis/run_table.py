"""A table of runs, a row an epoch (or a run), as arms, seeds, epochs and metrics.

Cells come as JSON or as the words of a CSV and mean the same in both.
"""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bn_models.statistics.metric_names import is_accuracy
from service.errors import Invalid

Columns = Mapping[str, Sequence[Any]]
Place = tuple[str, ...]
KEYS = ("arm", "seed", "epoch")
NOTHING = frozenset({"", "na", "null", "none"})
MOST_ARMS, MOST_RUNS, MOST_COLUMNS, MOST_LISTED = 2_000, 50_000, 100, 20
LONGEST_NAME = 200
LARGEST_EPOCH = 1_000_000
LARGEST = 1e100
"""What is beyond counts as infinite: its squares and sums would be, without saying so."""


@dataclass(frozen=True)
class RunTable:
    """``runs``: by arm and seed, the row of each epoch, from 1. ``metrics``: a value a row, None for an empty cell.

    ``by_epoch``: whether any run has several epochs; where none has, the values are final ones, at epoch 1.
    """

    runs: Mapping[str, Mapping[int, Mapping[int, int]]]
    metrics: Mapping[str, Sequence[float | None]]
    by_epoch: bool


def read_csv(table: bytes, place: Place) -> Columns:
    """The columns of a CSV with a line of names. ``place``: of the table in the request, for what is wrong with it."""
    try:
        text = table.decode("utf-8-sig")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except UnicodeDecodeError as error:
        raise Invalid.at(place, f"the table is not UTF-8: {error.reason} at byte {error.start}") from error
    except csv.Error as error:
        raise Invalid.at(place, f"this is no CSV: {error}") from error
    if not lines:
        raise Invalid.at(place, "the table is empty: its first line has the names arm, seed, epoch and of the metrics")
    names, rows = [name.strip() for name in lines[0]], lines[1:]
    for name in names:
        if name and names.count(name) > 1:
            raise Invalid.at([*place, name], f"two columns are named {name:.{LONGEST_NAME}}")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise Invalid.at(place, f"row {number} has {len(row)} cells, and there are {len(names)} columns")
    return {name: [row[position] for row in rows] for position, name in enumerate(names)}


def read_table(columns: Columns, place: Place) -> RunTable:
    """Raises Invalid, which says where in the request (``place`` and the column) and in which row, from 1."""
    columns = {name: cells for name, cells in columns.items() if name}  # pandas writes its index without a name
    _check_shape(columns, place)
    arms = _each(columns["arm"], arm_name, [*place, "arm"], "is no name of an arm")
    seeds = _seeds(columns["seed"], [*place, "seed"])
    epochs = _epochs(columns["epoch"], [*place, "epoch"]) if "epoch" in columns else [1] * len(arms)
    by_epoch = len({*zip(arms, seeds, strict=True)}) < len(arms)
    if not by_epoch:
        epochs = [1] * len(arms)
    runs: dict[str, dict[int, dict[int, int]]] = {}
    for row, (arm, seed, epoch) in enumerate(zip(arms, seeds, epochs, strict=True)):
        of_run = runs.setdefault(arm, {}).setdefault(seed, {})
        if epoch in of_run:
            raise _twice(columns, place, of_run[epoch], row)
        of_run[epoch] = row
    _check_counts(runs, place)
    metrics = {name: _numbers(cells, name, place) for name, cells in columns.items() if name not in KEYS}
    return RunTable(runs, metrics, by_epoch)


def arm_name(cell: Any) -> str:
    """Numbers as they are written. Raises ValueError for what names nothing."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if not isinstance(cell, str | int | float):
        raise ValueError
    name = str(cell).strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name.lower() == "nan":
        raise ValueError
    return name


def number(cell: Any) -> float | None:
    """None for an empty cell; NaN and infinities are numbers. Raises ValueError for all else."""
    if cell is None:
        return None
    if isinstance(cell, str):
        word = cell.strip()
        if word.lower() in NOTHING:
            return None
        if "_" in word:  # Python's own reading takes 1_0 for 10
            raise ValueError
        found = float(word)
    elif isinstance(cell, bool) or not isinstance(cell, int | float):
        raise ValueError
    else:
        found = float(cell)
    return math.copysign(math.inf, found) if abs(found) > LARGEST else found


def listed(names: Iterable[str]) -> str:
    """As many as a message has room for."""
    found = list(names)
    more = f" and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
    return ", ".join(repr(name) for name in found[:MOST_LISTED]) + more


def _check_shape(columns: Columns, place: Place) -> None:
    for key in ("arm", "seed"):
        if key not in columns:
            there = f"the columns are {listed(name[:LONGEST_NAME] for name in columns)}" if columns else "there is none"
            raise Invalid.at([*place, key], f"there is no column {key!r}: {there}")
    if len(columns) > MOST_COLUMNS:
        raise Invalid.at(place, f"there are {len(columns)} columns, and {MOST_COLUMNS} at most are compared")
    for name, cells in columns.items():
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise Invalid.at(place, f"no name of a metric: {name[:LONGEST_NAME]!r}")
        if len(cells) != len(columns["arm"]):
            message = f"the columns differ in length: 'arm' has {len(columns['arm'])} rows, {name!r} {len(cells)}"
            raise Invalid.at([*place, name], message)
    if not columns["arm"]:
        raise Invalid.at(place, "there is no row: give a row for each epoch of each run, or one for each run")


def _check_counts(runs: Mapping[str, Mapping[int, object]], place: Place) -> None:
    count = sum(map(len, runs.values()))
    if len(runs) > MOST_ARMS or count > MOST_RUNS:
        message = f"{len(runs):,} arms with {count:,} runs are too many: {MOST_ARMS:,} and {MOST_RUNS:,} at most"
        raise Invalid.at([*place, "arm"], message)


def _each(cells: Sequence[Any], read: Any, place: Sequence[str], wrong: str) -> list[Any]:
    found = []
    for row, cell in enumerate(cells):
        try:
            found.append(read(cell))
        except (ValueError, OverflowError) as error:
            raise _at_row(place, row, f"{cell!r:.60} {wrong}") from error
    return found


def _seeds(cells: Sequence[Any], place: Sequence[str]) -> list[int]:
    """As they are where all are whole numbers of 64 bits; else names, which are counted in their order."""
    names = _each(cells, arm_name, place, "is no seed: give each run a number or a name that other arms' runs share")
    try:
        whole = [_whole(name) for name in names]
    except (ValueError, OverflowError):
        places = {name: position for position, name in enumerate(sorted(set(names)))}
        return [places[name] for name in names]
    return whole


def _whole(word: str) -> int:
    """Of "3", and of "3.0", as a column of floats has it. Raises ValueError, OverflowError."""
    value = int(word) if word.removeprefix("-").isdecimal() else None
    if value is None:
        found = float(word)
        value = int(found)
        if found != value or abs(value) > 2**53 or "_" in word:
            raise ValueError
    if not -(2**63) <= value < 2**63:
        raise OverflowError
    return value


def _epochs(cells: Sequence[Any], place: Sequence[str]) -> list[int]:
    """From 1: where the first is 0, all are one more."""
    wrong = f"is no epoch: these are whole numbers from 1, or from 0, to {LARGEST_EPOCH:,}"
    epochs: list[int] = _each(cells, _epoch, place, wrong)
    first = min(epochs)
    return epochs if first else [epoch + 1 for epoch in epochs]


def _epoch(cell: Any) -> int:
    found = number(cell)
    if found is None or not 0 <= found <= LARGEST_EPOCH or found != int(found):
        raise ValueError
    return int(found)


def _numbers(cells: Sequence[Any], name: str, place: Place) -> list[float | None]:
    where = [*place, name]
    found: list[float | None] = _each(cells, number, where, f"is not a number: leave out {name!r} if it is no metric")
    if is_accuracy(name):
        for row, value in enumerate(found):
            if value is not None and math.isfinite(value) and not 0 <= value <= 1:
                raise _at_row(where, row, f"{value:g} is no accuracy, which is from 0 to 1: divide per cents by 100")
    return found


def _twice(columns: Columns, place: Place, first: int, again: int) -> Invalid:
    run = f"seed {columns['seed'][again]!s:.60} of arm {columns['arm'][again]!s:.60}"
    if "epoch" in columns:
        message = f"{run} has two rows of epoch {columns['epoch'][again]}: this one and row {first + 1}"
    else:
        message = f"{run} has two rows, this one and row {first + 1}: without a column 'epoch' a run has one"
    return _at_row([*place, "seed"], again, message)


def _at_row(place: Sequence[str], row: int, message: str) -> Invalid:
    said = f"row {row + 1}: {message}"
    return Invalid.at([*place, row], said, f"{place[-1]}, {said}")
