"""Every epoch of every run of a study as a CSV file."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from bn_models.statistics.runs import ArmRuns, Run

KEYS = ("arm", "seed", "epoch")


def epochs_csv(arms: Sequence[ArmRuns]) -> bytes:
    """One line an arm, seed and epoch. What a run did not record is empty, as is NaN; numbers are read back exactly."""
    tables = [_columns(arm, run) for arm in arms for run in arm.runs]
    names = list(dict.fromkeys(name for table in tables for name in table)) or list(KEYS)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for table in tables:
        writer.writerows(_lines(table, names))
    return text.getvalue().encode()


def _columns(arm: ArmRuns, run: Run) -> dict[str, Sequence[object]]:
    """In the order of the file; a metric with the name of a setting stands in its place."""
    constant = {"arm": arm.label, **{name: str(value) for name, value in arm.settings.items()}, "seed": run.seed}
    return {
        **{name: [value] * run.epochs for name, value in constant.items()},
        "epoch": range(1, run.epochs + 1),
        **run.metrics,
    }


def _lines(table: Mapping[str, Sequence[object]], names: Sequence[str]) -> Iterator[list[object]]:
    for line in zip_longest(*(table.get(name, ()) for name in names)):
        yield [None if isinstance(value, float) and math.isnan(value) else value for value in line]
