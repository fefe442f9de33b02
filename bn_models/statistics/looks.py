"""What it costs to look at a study more than once."""

from collections.abc import Sequence

import numpy as np

from bn_models.statistics.runs import Floats
from bn_models.statistics.sign_flips import STATISTICS_AT_ONCE, TIE, Family, PairedTest, signs


def chance_of_a_false_finding(tests: Sequence[PairedTest], looks: Sequence[int], alpha: float) -> float | None:
    """Of one at least in ``looks``, each made at ``alpha``, where no arm differs: by the sign flips of the runs there
    are. ``looks``: numbers of seeds, of which the first so many are looked at. None without tests."""
    seeds = sorted({seed for test in tests for seed in test.seeds})
    sizes = sorted({min(size, len(seeds)) for size in looks} - {0})
    families = [(size, Family.of([_first(test, set(seeds[:size])) for test in tests], seeds[:size])) for size in sizes]
    if not families:
        return None
    largest: list[list[Floats]] = [[] for _ in families]
    for flips in signs(len(seeds), at_once=max(1, STATISTICS_AT_ONCE // len(tests))):
        for found, (size, family) in zip(largest, families, strict=True):
            found.append(family.statistics(flips[:, :size]).max(axis=0))
    at_looks = [np.concatenate(found) for found in largest]
    # Above the critical value, not at it: with few seeds nothing may be found, and then no look costs anything.
    above = [values * TIE > np.quantile(values, 1 - alpha, method="higher") for values in at_looks]
    return float(np.logical_or.reduce(above).mean())


def _first(test: PairedTest, seeds: set[int]) -> PairedTest:
    kept = [i for i, seed in enumerate(test.seeds) if seed in seeds]
    return PairedTest([test.seeds[i] for i in kept], test.values[kept], test.one_sided, test.weight)
