"""The raw rows of a dataset, divided into rows to train, validate and test on, and scaled by those that train."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bn_models.datasets.arrays import Data, Preprocessing, Split
from bn_models.datasets.splitting import drawn
from bn_models.ingest.standardizing import standardization
from bn_models.spec.dataset import Rows

Array = np.ndarray[Any, Any]
TESTING, VALIDATING = 1, 2
"""What rows are drawn for: the first of the seeds, so that the two draws are not the same."""


@dataclass(frozen=True, eq=False)
class Table:
    """Raw rows as they lie: x (rows, *row_shape); y (rows,), int32 class indices or float64 numbers.

    ``target`` is of a regression. ``fitted``: the preprocessing was learned on these training rows, and is learned
    anew where others train.
    """

    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    preprocessing: Preprocessing
    target: Preprocessing | None = None
    fitted: bool = False

    def split_anew(self, seeds: tuple[int, ...]) -> "Table":
        """The same rows, as many of them to train and to test on, drawn by ``seeds`` and stratified by class."""
        x, y = np.concatenate([self.x_train, self.x_test]), np.concatenate([self.y_train, self.y_test])
        test = drawn(self._classes(y), len(self.y_test), (TESTING, *seeds))
        return replace(self, x_train=x[~test], y_train=y[~test], x_test=x[test], y_test=y[test])

    def divided(self, rows: Rows, seeds: tuple[int, ...]) -> Data:
        """The rows as ``rows`` says; which of the training rows validate is drawn by ``seeds``."""
        x, y, test = self.x_train, self.y_train, (self.x_test, self.y_test)
        parts = [(x, y), test]
        if rows.validation_fraction > 0:
            held = drawn(self._classes(y), rows.validation_rows, (VALIDATING, *seeds))
            parts = [(x[~held], y[~held]), (x[held], y[held]), test]
        preprocessing, target = self._scaling(*parts[0], anew=rows.resample or rows.validation_fraction > 0)
        train, validation, *rest = (Split.of(*part, preprocessing, target) for part in parts)
        assert len(train) == rows.fitted_rows
        return Data(train, validation, rest[0] if rest else None, preprocessing, target or Preprocessing())

    def _classes(self, y: Array) -> Array:
        return y if self.target is None else np.zeros(len(y), np.int32)

    def _scaling(self, x: Array, y: Array, *, anew: bool) -> tuple[Preprocessing, Preprocessing | None]:
        """That of training rows ``x``, ``y``. How many digits raw numbers need was found out at the upload."""
        if not (self.fitted and anew):
            return self.preprocessing, self.target
        preprocessing = replace(self.preprocessing, **_named(*standardization(x)))
        if self.target is None:
            return preprocessing, None
        scale, offset = standardization(y[:, None])
        return preprocessing, replace(self.target, **_named(float(scale[0]), float(offset[0])))


def _named(scale: Any, offset: Any) -> dict[str, Any]:
    return {"scale": scale, "offset": offset}
