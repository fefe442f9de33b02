"""Columns of which one alone tells the target: often they are known only once the target is."""

from collections.abc import Iterator
from math import lgamma, log

import numpy as np
from scipy.stats import rankdata
from sklearn import config_context
from sklearn.feature_selection import f_classif
from sklearn.tree import DecisionTreeClassifier

from bn_models.ingest.standardizing import standardization
from bn_models.ingest.table import Array
from bn_models.ingest.targets import Target

MOST_ROWS = 2_000
"""Rows that columns are judged by; of classes, half of them are of the largest."""
MOST_NUMBERS = 1_000_000
"""The same as a bound of rows times columns."""
MOST_COLUMNS = 64
"""Columns that trees are fitted to: of a wider table those whose means differ most between classes."""
LEAST_ROWS = 10
WRONG = 0.01
"""Part of the rows that may be told wrong, beside one row a border between classes."""
WRONG_OF_OTHERS = 0.1
"""The same as a part of the rows outside of the largest class, of which naming that class gets none right."""
CORRELATION = 0.9999
CHANCE = 1e-3
"""How likely a table of noise may be to have such a column."""


def telling_columns(x: Array, target: Target) -> Iterator[tuple[int, str]]:
    """Positions of columns of ``x`` (rows, columns), and how well they tell the target."""
    rows = _sample(target, x.shape[1])
    sampled, y = _standardized(x[rows]), target.y[rows]
    if len(rows) < LEAST_ROWS:
        return iter(())
    return _of_classes(sampled, y) if target.labels else _of_numbers(sampled, y)


def _sample(target: Target, columns: int) -> Array:
    """Row numbers in an order drawn anew."""
    order = np.random.default_rng(0).permutation(len(target.y))
    most = min(MOST_ROWS, max(100, MOST_NUMBERS // columns))
    if not target.labels or len(order) <= most:
        return order[:most]
    largest = target.y[order] == np.bincount(target.y).argmax()
    chosen = np.concatenate([order[largest][: most // 2], order[~largest][: most // 2]])
    return np.random.default_rng(1).permutation(chosen)


def _standardized(x: Array) -> Array:
    """In float64, before trees narrow it."""
    scale, offset = standardization(x)
    return (x - offset) * scale


def _of_classes(x: Array, y: Array) -> Iterator[tuple[int, str]]:
    """What a decision tree on the one column gets right of the half of the rows that it was not fitted to."""
    counts = np.unique(y, return_counts=True)[1]
    allowed = WRONG * len(y) + len(counts) - 1
    orders = lgamma(len(y) + 1) - sum(lgamma(count + 1) for count in counts)
    by_chance = allowed * log(len(y) * len(counts)) + log(min(x.shape[1], MOST_COLUMNS)) + lgamma(len(counts) + 1)
    if by_chance - orders > log(CHANCE) or len(counts) < 2:  # so few rows that some column tells them anyway
        return
    for column in _differing(x, y):
        wrong = 0
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for fitted, other in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
                tree = DecisionTreeClassifier(random_state=0).fit(x[fitted, [column]].reshape(-1, 1), y[fitted])
                wrong += int((tree.predict(x[other, [column]].reshape(-1, 1)) != y[other]).sum())
        if wrong <= min(allowed, WRONG_OF_OTHERS * (len(y) - counts.max())):
            yield column, f"for {1 - wrong / len(y):.1%} of the rows looked at"


def _differing(x: Array, y: Array) -> list[int]:
    """The columns that trees are fitted to."""
    varied = np.flatnonzero(np.ptp(x, axis=0))
    if len(varied) > MOST_COLUMNS:
        with np.errstate(divide="ignore", invalid="ignore"):  # a column that is constant within each class
            ratios = np.nan_to_num(f_classif(x[:, varied], y)[0], nan=0.0)
        varied = np.sort(varied[np.argsort(-ratios, kind="stable")[:MOST_COLUMNS]])
    return [int(column) for column in varied]


def _of_numbers(x: Array, y: Array) -> Iterator[tuple[int, str]]:
    """By the correlation of values or, as of a logarithm, of ranks."""
    of_values = _correlations(x, y)
    of_ranks = _correlations(rankdata(x, axis=0), rankdata(y))
    for column in np.flatnonzero(np.maximum(of_values, of_ranks) >= CORRELATION):
        of, found = ("", of_values[column]) if of_values[column] >= CORRELATION else (" of ranks", of_ranks[column])
        yield int(column), f"with a correlation{of} of {found:.4f}"


def _correlations(x: Array, y: Array) -> Array:
    """Magnitudes (columns,); 0 of a column whose values are all the same."""
    found: Array = np.abs(_standardized(x).T @ _standardized(y[:, None])[:, 0]) / len(y)
    return found
