import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from bn_models.statistics.comparison import compare
from bn_models.statistics.pairing import Pair
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run, RunColumns
from bn_models.statistics.sign_flips import outcomes
from bn_models.statistics.time_to_threshold import epochs_to_threshold

QUESTION = Question("val_loss", 0.5)


def diverging(label: str, diverged: list[bool]) -> ArmRuns:
    runs = [Run(i, {"val_loss": [0.4 + 0.01 * (i % 4)]}, 1 if one else None) for i, one in enumerate(diverged)]
    return ArmRuns(label, {}, runs)


def pair(arm: ArmRuns, baseline: ArmRuns, question: Question = QUESTION) -> Pair:
    columns, others = RunColumns.of(arm), RunColumns.of(baseline)
    return Pair.of(
        question, 0.0, columns, epochs_to_threshold(columns, question), others, epochs_to_threshold(others, question)
    )


def test_the_test_of_diverged_runs_is_mcnemars_exact_one() -> None:
    arm = [True] * 7 + [False] * 2 + [True] * 1 + [False] * 2
    baseline = [False] * 7 + [True] * 2 + [True] * 1 + [False] * 2
    found = outcomes({"diverged": pair(diverging("a", arm), diverging("b", baseline)).tests()["diverged"]})
    expected = mcnemar([[1, 7], [2, 2]], exact=True).pvalue
    assert found["diverged"].p == pytest.approx(expected) == stats.binomtest(7, 9).pvalue


def test_what_is_not_asked_is_not_tested() -> None:
    plain = pair(diverging("a", [False] * 6), diverging("b", [False] * 6))
    assert set(plain.tests()) == {"final", "spread", "speedup"}
    asked = Question("val_loss", 0.5, margin=0.1, ratio_margin=1.5)
    sides = {f"{test} {side}" for test in ("final", "speedup") for side in ("above -margin", "below margin")}
    assert set(pair(diverging("a", [False] * 6), diverging("b", [False] * 6), asked).tests()) == {
        *plain.tests(),
        *sides,
    }
    assert set(pair(diverging("a", [False]), diverging("b", [True]), Question("val_loss", None)).tests()) == {
        "final", "diverged"
    }  # fmt: skip


def test_a_curve_that_one_arm_lacks_is_no_difference_in_speed() -> None:
    other = ArmRuns("other", {}, [Run(i, {"val_mae": [0.1]}) for i in range(6)])
    found = compare([diverging("a", [False] * 6), other], 0, QUESTION).arms
    assert "val_loss was not recorded by epoch in both arms" in found[1].finding
    assert found[1].against_baseline is not None
    assert found[1].against_baseline.speedup.ratio is None
    assert compare([other], 0, QUESTION).arms[0].finding == "other (baseline): no finite final val_loss."


def test_seeds_without_a_finite_value_in_both_arms_have_times_alone() -> None:
    arm = ArmRuns("a", {}, [Run(i, {"val_loss": [float("nan") if i == 0 else 0.4]}) for i in range(6)])
    found = pair(arm, diverging("b", [False] * 5))
    assert (found.seeds, found.finite_seeds) == ([0, 1, 2, 3, 4], [1, 2, 3, 4])
    np.testing.assert_array_equal(found.times, [np.inf, 1, 1, 1, 1])
    assert found.ranks[0] < 0 == found.ranks[1:].max() - found.ranks[1:].min()
