"""What may be said of a test."""

from dataclasses import dataclass
from enum import Enum

from bn_models.statistics.sign_flips import smallest_p


class Verdict(Enum):
    """FOUND: the corrected test rejects and the interval excludes no difference. UNCLEAR: only the test does.
    NOT_AMONG_SO_MANY: only the interval does, which is not corrected. NOT_FOUND is not equality. TOO_FEW: not even the
    same sign in every seed would make the test reject."""

    FOUND = "found"
    UNCLEAR = "unclear"
    NOT_AMONG_SO_MANY = "not among so many tests"
    NOT_FOUND = "not found"
    TOO_FEW = "too few seeds"


@dataclass(frozen=True)
class Level:
    """The error that a comparison may make: ``alpha``, of which this look has the part ``spend``; ``tests`` share
    it."""

    alpha: float
    spend: float
    tests: int

    def verdict(self, p_adjusted: float, excluded: bool, seeds: int) -> Verdict:
        """``excluded``: the interval leaves out "no difference", on the side of the estimate."""
        if self.too_few(seeds):
            return Verdict.TOO_FEW
        if p_adjusted > self.alpha:
            return Verdict.NOT_AMONG_SO_MANY if excluded else Verdict.NOT_FOUND
        return Verdict.FOUND if excluded else Verdict.UNCLEAR

    def too_few(self, seeds: int) -> bool:
        """Whether the smallest p that sign flips of so many seeds have would not reject."""
        return smallest_p(seeds) > self.alpha * self.spend
