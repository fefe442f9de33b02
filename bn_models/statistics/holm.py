"""Holm's correction for many tests of one family."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm-adjusted p in the same order (Holm 1979): the smallest of n times n, the next times n - 1, and so on, none
    below the one before it and none above 1; a test that was not done (None) is not one of the family."""
    done = np.array([p for p in p_values if p is not None])
    order = np.argsort(done)
    adjusted = np.empty(len(done))
    adjusted[order] = np.minimum(np.maximum.accumulate(done[order] * np.arange(len(done), 0, -1)), 1.0)
    in_turn = iter(adjusted.tolist())
    return [None if p is None else next(in_turn) for p in p_values]
