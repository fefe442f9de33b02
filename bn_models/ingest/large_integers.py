"""Integers beyond 2^53, which float64 may not tell apart, the numbers in which tables are kept."""

from collections import defaultdict

import numpy as np

from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.labels import MOST
from bn_models.ingest.table import Array


class LargeIntegers:
    """Those of a table that is read in pieces, by column."""

    def __init__(self) -> None:
        self._found: defaultdict[str, list[Array]] = defaultdict(list)

    def add(self, name: str, integers: Array) -> None:
        """``integers`` (rows,) of a column, of an integer dtype or Python's own."""
        large = integers[(integers >= MOST) | (integers <= -MOST)]
        if len(large):
            self._found[name].append(np.unique(large))

    def check(self) -> None:
        """Raises TableError with the name of a column where distinct integers are one float64."""
        for name, pieces in self._found.items():
            integers = np.unique(np.concatenate(pieces))
            same = np.flatnonzero(np.diff(integers.astype(np.float64)) == 0)
            if len(same):
                raise TableError(
                    f"column {name!r}: {integers[same[0]]} and {integers[same[0] + 1]} are one 64-bit floating point "
                    "number",
                    "subtract from the whole column a number near to them",
                    Remedy.NAME_COLUMNS,
                )
