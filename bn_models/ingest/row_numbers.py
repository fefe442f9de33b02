"""Columns that number or name rows: an index, an id. A network learns from them nothing that holds for new rows."""

import re
from math import lgamma, log

import numpy as np

from bn_models.ingest.table import Array

ID_NAME = re.compile(
    r"(?:.*[^a-z])?(?:ids?|index|idx|key|no|nr|num|number|row|rows|rownames|uuid|unnamed: ?\d+)[_#. ]*", re.IGNORECASE
)
CAMEL_CASE_ID = re.compile(r".*[a-z](?:Id|ID|No|Nr|Index|Key|Number)")
CHANCE = 1e-4
"""How likely measurements may be to be taken for row numbers."""
MOST = 2**53
SAMPLED = 1_000


def numbers_rows(column: Array, name: str) -> bool:
    """Whether ``column`` (rows,) has another integer in each row, and not by chance.

    Measurements differ in every row, too, where they are few and far apart. So the integers must be called an id, be in
    the file's order, or be so dense that as many drawn from their range would hardly have been all different.
    """
    if not _all_different(column[:SAMPLED]) or not _all_different(column):
        return False
    rows = len(column)
    ordered = np.sort(column).astype(np.int64)
    steps = np.diff(ordered)
    places = int(ordered[-1] - ordered[0]) // max(1, int(np.gcd.reduce(steps))) + 1
    log_chance = lgamma(places + 1) - lgamma(places - rows + 1) - rows * log(places)
    of_order = np.diff(column)
    if (of_order > 0).all() or (of_order < 0).all():
        log_chance = min(log_chance, log(2) - lgamma(rows + 1))
    return log_chance < log(CHANCE) or bool(ID_NAME.fullmatch(name) or CAMEL_CASE_ID.fullmatch(name))


def _all_different(column: Array) -> bool:
    """Of integers that float64 holds; cheap where it is not so, as the first rows show it of most columns."""
    if (np.abs(column) >= MOST).any() or (column != np.floor(column)).any():
        return False
    return len(np.unique(column)) == len(column)
