"""The lines of ``benchmarks/false_findings.py``, some of them, with few studies: its figures are in docs/benchmarks.md.

Bounds are its aims and what chance may add for so few studies: 3.3 standard errors, once in a thousand.
"""

import numpy as np
import pytest

from benchmarks.false_findings import LINES
from benchmarks.simulated_studies import Rates

BY_NAME = {line.name: line for line in LINES}
CHANCE = 3.3


def simulated(name: str, studies: int) -> Rates:
    """Asserts the aims of the line."""
    line = BY_NAME[name]
    rates = line.work(studies, np.random.default_rng(0))
    for share, rate in rates.items():
        if share in line.bounds:
            low, high = line.bounds[share]
            below, above = (CHANCE * np.sqrt(bound * (1 - bound) / studies) for bound in (low, high))
            assert low - below <= rate <= high + above, share
    return rates


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "studies"),
    [
        ("planned looks at 10, 20, 40 seeds, normal", 150),
        ("interaction, 2 arms x 3 rates, 10 seeds, normal, main effect 0", 200),
        ("interaction, 2 arms x 3 rates, 10 seeds, normal, main effect 3", 200),
        ("tuned, 3 arms x 5 rates, 10 seeds, normal, difference 0", 150),
        ("tuned, 3 arms x 5 rates, 10 seeds, normal, difference 1", 100),
        ("mean apart by the margin, 10 seeds, normal", 400),
        ("mean apart by the margin, 10 seeds, exponential", 400),
        ("ratio apart by the margin, 10 seeds, normal", 400),
        ("equal spread and divergence, 10 seeds, normal", 400),
        ("intervals, 10 seeds", 400),
    ],
)
def test_aims_of_small_studies_are_kept(name: str, studies: int) -> None:
    assert simulated(name, studies)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["no difference, 3 arms, 10 seeds, normal", "no difference, 5 arms, 8 seeds, exponential"]
)
def test_few_studies_without_a_difference_find_one_and_many_would_without_correction(name: str) -> None:
    rates = simulated(name, 400)
    assert rates["wrong variant, no correction: any finding"] > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("arms", [3, 5])
def test_more_is_found_than_by_holms_correction(arms: int) -> None:
    rates = simulated(f"2 sd higher, {arms} arms, 8 seeds, normal", 200)
    assert rates["found"] > {3: 0.4, 5: 0.31}[arms]
    assert rates["found"] > rates["found by Holm's correction"]


@pytest.mark.slow
def test_what_unplanned_looks_cost_is_what_is_said() -> None:
    rates = simulated("unplanned looks at 10, 20, 40 seeds, normal", 200)
    said = rates["the chance that is said, on average"]
    assert 0.08 < said < 0.16
    assert rates["any finding at any look"] == pytest.approx(said, abs=0.02 + CHANCE * np.sqrt(said * (1 - said) / 200))


@pytest.mark.slow
def test_splits_of_one_table_are_covered_and_would_not_be_as_independent_runs() -> None:
    equal = simulated("first against second, 20 splits of 150 rows", 300)
    assert equal["wrong variant, overlap 0: a difference"] > 0.2
    assert equal["wrong variant, overlap 0: the difference is covered"] < 0.8
    different = simulated("centroids against lda, 20 splits of 150 rows", 200)
    assert different["wrong variant, overlap 0: the difference is covered"] < 0.8
