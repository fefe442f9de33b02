import numpy as np
import pytest
from scipy import stats

from bn_models.statistics.comparison import Comparison, compare
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, Run

QUESTION = Question("score", None, interaction="depth")


def factorial(values: Floats) -> Comparison:
    """``values`` (norms, depths, seeds); each norm is compared with the first one at its own depth."""
    norms, depths, _ = values.shape
    arms = [
        ArmRuns(
            f"norm={norm}, depth={depth}",
            {"norm": norm, "depth": depth},
            [Run(seed, {"score": [value]}) for seed, value in enumerate(values[norm, depth].tolist())],
        )
        for norm in range(norms)
        for depth in range(depths)
    ]
    return compare(arms, [None if i < depths else i % depths for i in range(len(arms))], QUESTION)


def test_it_is_the_difference_of_differences_within_a_seed() -> None:
    values = np.random.default_rng(0).normal(size=(3, 3, 10))
    values[2, 2] += 9.0
    found = factorial(values).interactions
    assert [(one["arm"], one["from"], one["to"]) for one in found] == [
        (f"norm={norm}, depth={depth}", 0, depth) for norm in (1, 2) for depth in (1, 2)
    ]
    expected = (values[2, 2] - values[0, 2]) - (values[2, 0] - values[0, 0])
    low, high = stats.ttest_1samp(expected, 0.0).confidence_interval(0.95)
    last = found[-1]
    assert (last["difference"], last["low"], last["high"]) == pytest.approx((expected.mean(), low, high))
    assert [one["p_adjusted"] <= 0.05 for one in found] == [False, False, False, True]


def test_a_factor_that_no_arm_has_and_seeds_that_are_not_shared() -> None:
    values = np.random.default_rng(0).normal(size=(2, 2, 6))
    arms = [ArmRuns(str(i), {"norm": i}, [Run(seed, {"score": [0.1]}) for seed in range(6)]) for i in range(2)]
    assert compare(arms, 0, QUESTION).interactions == []
    apart = [
        ArmRuns(
            f"{norm} {depth}",
            {"norm": norm, "depth": depth},
            [Run(seed + 100 * depth, {"score": [value]}) for seed, value in enumerate(values[norm, depth].tolist())],
        )
        for norm in range(2)
        for depth in range(2)
    ]
    (one,) = compare(apart, [None, None, 0, 1], QUESTION).interactions
    assert (one["difference"], one["p_adjusted"]) == (None, None)
