"""The tests of a comparison as one family: step-down max-T over joint sign flips (Westfall and Young 1993).

Every test is a mean over the same seeds, and where arms are equal the sign of a seed's difference is a fair coin, in
all tests of that seed together. Flipping it in all of them keeps their dependence, so no test pays for another that
says the same. Exact when all arms are equal; when some differ it rests on subset pivotality, as all max-T tests do.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bn_models.statistics.runs import Floats

EXACT_SEEDS = 13
"""Up to so many seeds all flips are gone through."""
DRAWN = 9_999
"""Flips drawn beyond, with the observed signs as one more."""
STATISTICS_AT_ONCE = 2**17
"""So many are held at a time: about what a cache holds."""
CONSTANT = 1e-12
"""What is left of 1 - u² where all values are equal: rounding."""
TIE = 1 - 1e-9
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class PairedTest:
    """``values`` (seeds,): a number a seed whose sign is a fair coin where there is nothing to find.

    ``one_sided``: only a positive mean counts. ``weight``: below 1 for what is looked at beside the question, so that
    it costs the others little. ``inflation``: how many times larger the error of the mean is than that of independent
    values, where seeds share rows: the observed statistic is divided by it, the flipped ones are not.
    """

    seeds: Sequence[int]
    values: Floats
    one_sided: bool = False
    weight: float = 1.0
    inflation: float = 1.0


@dataclass(frozen=True)
class Outcome:
    """``p`` of the test alone; ``p_adjusted`` in its family: the chance that the largest statistic of the tests that
    are no larger in this comparison is at least this one's, where nothing is to be found."""

    p: float
    p_adjusted: float


def outcomes(tests: Mapping[Key, PairedTest], spend: float = 1.0) -> dict[Key, Outcome]:
    """Of every test with two values or more; equal input gives equal output.

    ``spend``: the share of the error that is spent on this look, by which ``p_adjusted`` is divided; where it is 0
    nothing is tested.
    """
    done = {key: test for key, test in tests.items() if len(test.values) > 1}
    if not done or spend == 0:
        return {}
    family = Family.of(list(done.values()), sorted({seed for test in done.values() for seed in test.seeds}))
    alone, joint = family.exceedances()
    return {
        key: Outcome(float(p), min(1.0, float(adjusted) / spend))
        for key, p, adjusted in zip(done, alone, joint, strict=True)
    }


def smallest_p(seeds: int) -> float:
    """Of a two-sided test over so many seeds, all of one sign."""
    return 2.0 ** (1 - seeds) if seeds <= EXACT_SEEDS else 1 / (DRAWN + 1)


@dataclass(frozen=True)
class Family:
    """Tests side by side: ``values`` (tests, seeds), 0 where a test has no such seed; ``counts`` (tests,) of seeds."""

    values: Floats
    counts: Floats
    one_sided: Floats
    weights: Floats
    inflations: Floats

    @staticmethod
    def of(tests: Sequence[PairedTest], seeds: Sequence[int]) -> "Family":
        columns = {seed: i for i, seed in enumerate(seeds)}
        values = np.zeros((len(tests), len(columns)))
        for row, test in zip(values, tests, strict=True):
            row[[columns[seed] for seed in test.seeds]] = test.values
        scale = np.abs(values).max(axis=1, keepdims=True)  # squares of what is very small or large would be 0 or inf
        return Family(
            values / np.where(scale > 0, scale, 1.0),
            np.array([float(len(test.values)) for test in tests]),
            np.array([test.one_sided for test in tests]),
            np.array([test.weight for test in tests]),
            np.array([test.inflation for test in tests]),
        )

    def statistics(self, flips: Floats) -> Floats:
        """(tests, flips): Student's t of the mean, its size where the test has two sides, weighted."""
        squares = np.sqrt(self.counts * (self.values**2).sum(axis=1))
        u = self.values @ flips.T / np.where(squares > 0, squares, 1.0)[:, None]
        t = u * np.sqrt(np.maximum(self.counts - 1, 0.0)[:, None] / np.maximum(1 - u**2, CONSTANT))
        return self.weights[:, None] * np.where(self.one_sided[:, None], t, np.abs(t))

    def exceedances(self) -> tuple[Floats, Floats]:
        """(tests,) each: the share of flips whose own statistic, and whose largest one, reach the observed."""
        seeds = self.values.shape[1]
        observed = self.statistics(np.ones((1, seeds)))[:, 0] / self.inflations
        order = np.argsort(observed, kind="stable")
        ordered = self._taken(order)
        bar = np.where(observed > 0, observed * TIE, observed)[order, None]
        alone, joint, total = np.zeros(len(bar)), np.zeros(len(bar)), 0
        for flips in signs(seeds, at_once=max(1, STATISTICS_AT_ONCE // len(bar))):
            t = ordered.statistics(flips)
            alone += np.count_nonzero(t >= bar, axis=1)
            largest = np.maximum.accumulate(t, axis=0)  # of a test and those that are no larger in this comparison
            joint += np.count_nonzero(largest >= bar, axis=1)
            total += len(flips)
        joint = np.maximum.accumulate(joint[::-1])[::-1]  # a smaller statistic has no smaller p
        place = np.argsort(order)
        return alone[place] / total, joint[place] / total

    def _taken(self, order: NDArray[np.int64]) -> "Family":
        return Family(*(getattr(self, field.name)[order] for field in fields(self)))


def signs(seeds: int, at_once: int) -> Iterator[Floats]:
    """Rows of 1 and -1, (flips, seeds) each; the observed signs are among them."""
    every = _every_sign(seeds)
    for first in range(0, len(every), at_once):
        yield every[first : first + at_once].astype(np.float64)


@lru_cache(maxsize=4)
def _every_sign(seeds: int) -> NDArray[np.int8]:
    if seeds <= EXACT_SEEDS:
        flipped = (np.arange(2**seeds)[:, None] >> np.arange(seeds)) & 1
    else:
        coins = np.random.default_rng(0).integers(0, 2, (DRAWN, seeds))
        flipped = np.concatenate([np.zeros((1, seeds), np.int64), coins])
    return (1 - 2 * flipped).astype(np.int8)
