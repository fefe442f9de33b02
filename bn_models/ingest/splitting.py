"""What scikit-learn does for an accepted table: the split and the standardization. Importing it takes a second."""

from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

Array = np.ndarray[Any, Any]


def split(rows: int, test_fraction: float, classes: Array | None, seed: int) -> tuple[Array, Array]:
    """Row numbers of training and of testing: ``train_test_split``, stratified by ``classes`` if given."""
    train, test = train_test_split(np.arange(rows), test_size=test_fraction, stratify=classes, random_state=seed)
    return train, test


def standardization(x: Array, wanted: bool) -> dict[str, Array]:
    """scale and offset for each number of a row, float32: of mean 0 and variance 1 over ``x``."""
    shape = x.shape[1:]
    if not wanted:
        return {"scale": np.ones(shape, np.float32), "offset": np.zeros(shape, np.float32)}
    scaler = StandardScaler().fit(x.reshape(len(x), -1))
    scale, offset = (1 / scaler.scale_).reshape(shape), scaler.mean_.reshape(shape)
    return {"scale": scale.astype(np.float32), "offset": offset.astype(np.float32)}
