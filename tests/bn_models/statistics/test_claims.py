from typing import Any, Literal

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from bn_models.statistics.claims import Settled, seeds_to_show
from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns, Run
from tests.support.simulated_arms import arm

NOISE = np.random.default_rng(0).normal(0, 0.01, (2, 10))
LOW = arm("none", *[[0.1, 0.7 + value] for value in NOISE[0]])
HIGH = arm("after", *[[0.82, 0.9 + value] for value in NOISE[1]])
SAME = arm("like", *[[0.1, 0.7 + value] for value in NOISE[1]])
WILD = ArmRuns("wild", {}, [Run(i, {"val_accuracy": [0.1]}, diverged_at_epoch=1) for i in range(10)])


def settle(
    other: ArmRuns, metric: str, verdict: Literal["higher", "lower", "equal"], margin: float | None = None,
    conditions: Conditions = Conditions(),  # noqa: B008 - frozen
) -> Settled:  # fmt: skip
    claim = Claim("So it is.", "a source", other.label, "none", metric, verdict, margin)
    (found,) = compare([LOW, other], 0, Question(), conditions, [claim]).claims
    assert (found.text, found.source) == ("So it is.", "a source")
    return found


@pytest.mark.parametrize(
    ("other", "metric", "verdict", "margin", "expected", "why"),
    [
        (HIGH, "val_accuracy", "higher", None, "supported", "val_accuracy 0.895 against 0.701"),
        (HIGH, "val_accuracy", "lower", None, "contradicted", "difference 0.195"),
        (HIGH, "epochs_to_threshold", "lower", None, "supported", "reached in 10 of 10 runs against 0"),
        (HIGH, "epochs_to_threshold", "higher", None, "contradicted", "10 seeds)"),
        (WILD, "diverged", "higher", None, "supported", "10 of 10 runs diverged against 0"),
        (WILD, "diverged", "equal", 0.5, "contradicted", "10 of 10 runs diverged against 0"),
        (SAME, "val_accuracy", "equal", 0.05, "supported", "no difference larger than 0.05"),
        (HIGH, "val_accuracy", "equal", 0.05, "contradicted", "difference 0.195"),
        (HIGH, "val_accuracy", "equal", 0.2, "undecided", "more seeds would show that it is within 0.2"),
        (HIGH, "val_accuracy", "equal", None, "contradicted", "difference 0.195"),
        (SAME, "val_accuracy", "equal", None, "undecided", "to show equality takes a margin"),
        (SAME, "val_accuracy", "higher", 0.01, "undecided", "more seeds would show a difference of 0.010"),
        (SAME, "spread", "equal", 2.0, "undecided", "that spreads are equal is not tested"),
        (SAME, "spread", "higher", None, "undecided", "sd of val_accuracy 0.0"),
        (SAME, "diverged", "higher", None, "undecided", "no run of either arm diverged"),
        (SAME, "epochs_to_threshold", "lower", None, "undecided", "no run of either arm reaches the threshold"),
        (SAME, "seconds_per_step", "lower", None, "undecided", "no test of seconds_per_step could be made"),
        (LOW, "val_accuracy", "higher", None, "undecided", "no practical number of seeds would show"),
        (LOW, "val_accuracy", "equal", 0.01, "supported", "no difference larger than 0.01"),
    ],
)  # fmt: skip
def test_verdicts_and_what_they_rest_on(
    other: ArmRuns, metric: str, verdict: Any, margin: float | None, expected: str, why: str
) -> None:
    found = settle(other, metric, verdict, margin)
    assert found.verdict == expected
    assert why in found.why


def test_times_are_equal_within_a_margin_of_epochs() -> None:
    rng = np.random.default_rng(2)
    arms = [
        arm(label, *[[float(epoch >= time) for epoch in range(40)] for time in rng.integers(first, first + 3, 12)])
        for label, first in (("none", 9), ("late", 10), ("later", 20))
    ]
    claims = [Claim("", None, label, "none", "epochs_to_threshold", "equal", 5.0) for label in ("late", "later")]
    within, beyond = compare(arms, 0, Question(), claims=claims).claims
    assert (within.verdict, within.why[:27]) == ("supported", "no difference larger than 5")
    assert (beyond.verdict, beyond.why[:24]) == ("contradicted", "val_accuracy 0.8 reached")


def test_claims_are_in_the_family_and_pay_for_looks() -> None:
    assert (
        settle(HIGH, "val_accuracy", "higher", conditions=Conditions(looks=(2,), planned=(200,))).verdict == "undecided"
    )


def test_an_arm_that_there_is_none_of_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no arm 'nine': arms are none, after"):
        compare([LOW, HIGH], 0, claims=[Claim("", None, "nine", "none", "val_accuracy", "higher")])


@pytest.mark.parametrize(("target", "sd"), [(0.5, 1.0), (1.0, 1.0), (0.01, 0.1)])
def test_the_number_of_seeds_is_that_of_the_t_tests_power(target: float, sd: float) -> None:
    needed = TTestPower().solve_power(target / sd, power=0.8, alpha=0.05)
    assert seeds_to_show(target, sd, 4, 0.0, 0.05) == pytest.approx(needed - 4, abs=1.5)


def test_splits_of_one_table_do_not_show_whatever_their_number() -> None:
    assert seeds_to_show(0.5, 1.0, 4, 0.25, 0.05) is None
    assert (seeds_to_show(1.6, 1.0, 4, 0.25, 0.05) or 0) > (seeds_to_show(1.6, 1.0, 4, 0.0, 0.05) or 0)


def test_equal_differences_take_as_many_seeds_as_sign_flips_do() -> None:
    assert seeds_to_show(0.5, 0.0, 3, 0.0, 0.05) == 3
    assert seeds_to_show(0.0, 0.0, 3, 0.0, 0.05) is None
    assert seeds_to_show(1e-9, 1.0, 3, 0.0, 0.05) is None
    assert seeds_to_show(1e300, 1e-300, 3, 0.0, 0.05) == 3
