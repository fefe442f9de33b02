"""How a file is to be read, split and standardized."""

from dataclasses import dataclass
from typing import Literal

from bn_models.ingest.missing import misses

Missing = Literal["refuse", "drop"]
"""What to do with rows that miss a value."""


@dataclass(frozen=True)
class Options:
    """``columns`` to predict from, None: all others. ``missing_values`` stand for a missing one, None: the usual.

    ``header``: whether the first line names the columns, None: it must not look like data. ``index``: what to do with
    a pandas index. ``encoding`` None is UTF-8.
    """

    format: Literal["csv", "parquet", "npz"]
    target: str | None = None
    task: Literal["classification", "regression"] = "classification"
    test_fraction: float = 0.2
    seed: int = 0
    standardize: bool = True
    columns: list[str] | None = None
    missing: Missing = "refuse"
    missing_values: list[str] | None = None
    header: bool | None = None
    index: Literal["drop", "keep"] = "drop"
    encoding: str | None = None
    delimiter: str = ","
    decimal: str = "."

    @property
    def regression(self) -> bool:
        return self.task == "regression"

    @property
    def drop_missing(self) -> bool:
        """Whether rows that miss a value are left out instead of refused."""
        return self.missing == "drop"

    @property
    def missing_numbers(self) -> list[float]:
        """The numbers among ``missing_values``."""
        return [float(marker) for marker in self.missing_values or () if is_number(marker)]

    def misses(self, cell: str) -> bool:
        """Whether a cell or label says that there is no value."""
        return misses(cell, self.missing_values)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
