"""The split of an accepted table, by scikit-learn, whose import takes a second."""

from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

Array = np.ndarray[Any, Any]


def split(rows: int, test_fraction: float, classes: Array | None, seed: int) -> tuple[Array, Array]:
    """Row numbers of training and of testing: ``train_test_split``, stratified by ``classes`` if given."""
    train, test = train_test_split(np.arange(rows), test_size=test_fraction, stratify=classes, random_state=seed)
    return train, test
