"""What the runs of a comparison have in common, and what their statistics therefore do not contain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Split = Literal["one", "a seed", "unknown"]


@dataclass(frozen=True)
class Conditions:
    """``split``: whether all seeds share their rows, or each has its own. ``overlap``: rows that are measured, as a
    part of those trained on, where the splits of the seeds are of one table; 0 where their rows are independent.

    ``selected_on_test``: an epoch or a setting was chosen by the rows that are reported. ``looks``: the numbers of
    seeds at which results could be seen, this one last; ``planned``: all that were said before the first run.
    ``cancelled``, ``failed``: runs, which are in no statistic.
    """

    test_rows: int | None = None
    validation_rows: int = 0
    split: Split = "unknown"
    overlap: float = 0.0
    selected_on_test: bool = False
    looks: Sequence[int] = ()
    planned: Sequence[int] = ()
    cancelled: int = 0
    failed: int = 0

    @property
    def spend(self) -> float:
        """This look's share of the error: that of the seeds which it adds among all planned ones. The shares of all
        planned looks sum to 1, so the chance of a false finding at any of them is at most the error's (Bonferroni).
        Before the first of them there is none to spend, and nothing is tested."""
        if not self.planned:
            return 1.0
        if not self.looks:
            return 0.0
        before = self.looks[-2] if len(self.looks) > 1 else 0
        return (self.looks[-1] - before) / self.planned[-1]

    def inflation(self, seeds: int) -> float:
        """How many times larger the standard error of a mean over ``seeds`` is than that of independent values: splits
        of one table share rows, and their variance is (1 / J + n_test / n_train) s² instead of s² / J (Nadeau and
        Bengio 2003)."""
        return float((1 + seeds * self.overlap) ** 0.5)
