"""Which rows are drawn for validating or testing: functions of seeds, stratified by class as far as that goes."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def drawn(classes: Array, size: int, seeds: tuple[int, ...]) -> Array:
    """(rows,) of bool, ``size`` of them true: each class ``classes`` (rows,) has its share, rounded, of the drawn.

    The largest remainders are rounded up. A class keeps at least one row undrawn where there are enough of them, so
    that a class with a single row is trained on; where there are not, it is drawn like the others. With classes that
    are all the same this is a plain draw.
    """
    generator = np.random.default_rng(seeds)
    counts = np.bincount(classes)
    take = _shares(counts, size, generator)
    order = generator.permutation(len(classes))
    by_class = order[np.argsort(classes[order], kind="stable")]
    rank = np.arange(len(classes)) - np.repeat(np.cumsum(counts) - counts, counts)
    found = np.zeros(len(classes), bool)
    found[by_class[rank < np.repeat(take, counts)]] = True
    return found


def _shares(counts: Array, size: int, generator: np.random.Generator) -> Array:
    """How many rows of each class are drawn."""
    most = np.maximum(counts - 1, 0)
    if most.sum() < size:
        most = counts
    share = counts * (size / counts.sum())
    take: Array = np.minimum(np.floor(share).astype(int), most)
    while left := size - int(take.sum()):
        remainders = np.where(take < most, share - take, -np.inf)
        ties = generator.random(len(counts))
        take[np.lexsort((ties, -remainders))[: min(left, int((take < most).sum()))]] += 1
    return take
