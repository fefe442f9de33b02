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
    def as_planned(self) -> bool:
        """Whether looks were planned, and none is beyond the last of these."""
        return bool(self.planned) and max(self.looks, default=0) <= max(self.planned)

    @property
    def spend(self) -> float:
        """This look's share of the error, all of it where no looks were planned: that of the seeds which it adds among
        all planned ones, so nothing before the first look. The shares of all looks sum to 1 at most, so the chance of a
        false finding at any of them is at most the error's (Bonferroni)."""
        if not self.as_planned:
            return 1.0
        now = self.looks[-1] if self.looks else 0
        before = max((look for look in self.looks if look < now), default=0)
        return (now - before) / max(self.planned)
