import pytest

from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run
from tests.support.simulated_arms import arm

SEEDS = range(10)
NONE = arm("none", *[[0.5, 0.79, 0.80 + 0.001 * (i % 3)] for i in SEEDS])


def finding(other: ArmRuns, baseline: ArmRuns = NONE, threshold: float = 0.8, metric: str = "val_accuracy") -> str:
    return compare([baseline, other], 0, Question(metric, threshold)).arms[1].finding


def test_the_baseline_has_its_figures() -> None:
    assert compare([NONE], 0).arms[0].finding == (
        "none (baseline): final val_accuracy 0.801 (95 % interval 0.800 to 0.802, 10 runs); "
        "val_accuracy 0.8 reached in 10 of 10 runs, median 3 epochs (95 % interval 3 to 3)."
    )


def test_a_difference_that_is_found() -> None:
    after = arm("after", *[[0.5, 0.82, 0.85 + 0.001 * (i % 4)] for i in SEEDS])
    assert finding(after) == (
        "after against none: final val_accuracy higher, 0.851 against 0.801 "
        "(difference 0.050, 95 % interval 0.049 to 0.052, adjusted p = 0.002, 10 seeds); "
        "val_accuracy 0.8 reached sooner, median 2 epochs against 3 "
        "(speed-up 1.50 in every seed, adjusted p = 0.002)."
    )


def test_a_difference_that_is_not_found_is_not_called_equality() -> None:
    like = arm("like", *[[0.5, 0.79, 0.80 + 0.001 * ((i + 1) % 3)] for i in SEEDS])
    assert finding(like) == (
        "like against none: no difference found in final val_accuracy, 0.801 against 0.801 "
        "(difference 0.0001, 95 % interval -0.001 to 0.001, adjusted p = 1, 10 seeds); "
        "no difference found in how soon val_accuracy 0.8 is reached, median 3 epochs against 3 "
        "(speed-up 1.00 in every seed, adjusted p = 1)."
    )


def test_diverged_and_censored_runs_are_told() -> None:
    runs = [
        Run(i, {"val_accuracy": [0.1, None]}, diverged_at_epoch=2) if i < 8 else Run(i, {"val_accuracy": [0.5, 0.9]})
        for i in SEEDS
    ]
    assert finding(ArmRuns("wild", {}, runs)) == (
        "wild against none: final val_accuracy lower, 0.180 against 0.801 "
        "(difference -0.621, 95 % interval -0.892 to -0.349, adjusted p = 0.0078, 10 seeds); "
        "val_accuracy 0.8 reached later or less often, in 2 of 10 runs against 10 (adjusted p = 0.023); "
        "8 of 10 runs diverged against 0 of 10 (adjusted p = 0.0078) "
        "(counted with their last accuracy, with 0 if it is not finite)."
    )


def test_an_arm_that_never_reaches_the_threshold() -> None:
    assert finding(arm("stuck", *[[0.1, 0.1, 0.1]] * 10)).endswith(
        "val_accuracy 0.8 reached later or less often, in 0 of 10 runs against 10 (adjusted p = 0.002)."
    )


def test_a_threshold_that_nobody_reaches_is_no_test() -> None:
    assert "; val_accuracy 0.95 reached in 0 of 10 runs against 0." in finding(NONE, threshold=0.95)


def test_one_seed_allows_no_statement() -> None:
    one = arm("after", [0.5, 0.9])
    assert finding(one, arm("none", [0.5, 0.7])) == (
        "after against none: final val_accuracy 0.900 against 0.700; val_accuracy 0.8 reached in 1 of 1 run against 0; "
        "one shared seed allows no statement about differences."
    )


def test_too_few_seeds_are_named_with_the_figures() -> None:
    found = finding(arm("after", [0.5, 0.9], [0.5, 0.91], [0.5, 0.92]), arm("none", [0.1], [0.1], [0.1]))
    assert found == (
        "after against none: final val_accuracy 0.910 against 0.100 "
        "(difference 0.810, 95 % interval 0.785 to 0.835, adjusted p = 0.25, 3 seeds); "
        "val_accuracy 0.8 reached, in 3 of 3 runs against 0 (adjusted p = 0.25); "
        "3 shared seeds are too few for the tests of this comparison to find a difference."
    )


def test_a_constant_metric() -> None:
    constant = arm("none", *[[0.5]] * 10)
    assert (
        "no difference found in final val_accuracy, 0.500 against 0.500 (difference 0.000 in every seed, "
        in finding(arm("after", *[[0.5]] * 10), constant)
    )
    assert compare([constant], 0).arms[0].finding == (
        "none (baseline): final val_accuracy 0.500 in each of 10 runs; val_accuracy 0.8 reached in 0 of 10 runs."
    )


def test_missing_and_failed_runs_are_told() -> None:
    fewer = ArmRuns("after", {}, [*NONE.runs[:7], Run(8, {}, failed=True)])
    found = finding(fewer)
    assert found.endswith("; only the 7 seeds that both have are compared; 1 of 8 runs failed and is left out.")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (
            ArmRuns("after", {}, [Run(0, {}, failed=True)]),
            "after: no run to compare; 1 of 1 run failed and is left out.",
        ),
        (
            ArmRuns("after", {}, [Run(77, {"val_accuracy": [0.9]})]),
            "after: final val_accuracy 0.900 (one run); val_accuracy 0.8 reached after 1 epoch; "
            "no seed is shared with none, so no comparison is possible.",
        ),
    ],
)
def test_nothing_to_compare(other: ArmRuns, expected: str) -> None:
    assert finding(other) == expected


def test_losses_that_are_not_finite_are_left_out_and_told() -> None:
    baseline = arm("none", *[[1.0 + 0.01 * i] for i in SEEDS], metric="val_loss")
    runs = [Run(i, {"val_loss": [0.5 if i else float("inf")]}, None if i else 1) for i in SEEDS]
    assert finding(ArmRuns("after", {}, runs), baseline, 0.1, "val_loss") == (
        "after against none: final val_loss lower, 0.500 against 1.050 "
        "(difference -0.550, 95 % interval -0.571 to -0.529, adjusted p = 0.0039, 9 seeds); "
        "val_loss 0.1 reached in 0 of 10 runs against 0; "
        "final val_loss is compared over the 9 of 10 seeds where both are finite; "
        "1 of 10 runs diverged against 0 of 10."
    )


def test_before_the_first_planned_look_nothing_is_tested() -> None:
    after = arm("after", *[[0.5, 0.82, 0.85 + 0.001 * (i % 4)] for i in SEEDS])
    early, due = (
        compare([NONE, after], 0, conditions=Conditions(looks=looks, planned=(10, 20))) for looks in ((), (10,))
    )
    assert early.arms[1].against_baseline is not None
    assert early.arms[1].against_baseline.final.p_adjusted is None
    assert "the first look is planned at 10 seeds, before which nothing is tested" in early.arms[1].finding
    assert early.arms[1].headline == "after: 0.851, before the first planned look"
    assert "adjusted p = 0.0039" in due.arms[1].finding


def test_one_split_a_choice_and_unplanned_looks_are_said() -> None:
    conditions = Conditions(test_rows=30, split="one", selected_on_test=True, looks=(8, 10))
    after = arm("after", *[[0.5, 0.82, 0.85 + 0.001 * (i % 4)] for i in SEEDS])
    found = compare([NONE, after], 0, conditions=conditions)
    assert found.arms[1].finding.startswith(
        "after against none, on this one split, 30 test rows: final val_accuracy hi"
    )
    assert "chosen by the rows that are reported here" in found.arms[1].finding
    assert "after unplanned looks at 8, 10 seeds the chance of a false finding is about" in found.arms[1].finding
    assert found.conditions["chance_of_a_false_finding"] > 0.05


def test_an_accuracy_that_is_no_learning_is_said() -> None:
    runs = [Run(i, {"val_accuracy": [0.7 + 0.01 * (i % 3 - 1)]}, largest_class_share=0.7) for i in SEEDS]
    found = compare([ArmRuns("none", {}, runs)], 0, Question(threshold=None)).arms[0]
    assert found.largest_class_share == pytest.approx(0.7)
    assert "not shown to be better than always naming the largest class (0.700)" in found.finding


def test_cancelled_runs_are_counted() -> None:
    cancelled = ArmRuns("none", {}, [*NONE.runs[:8], Run(8, {}, cancelled=True), Run(9, {}, failed=True)])
    found = compare([cancelled], 0).arms[0]
    assert (found.runs, found.failed, found.cancelled) == (10, 1, 1)
    assert found.finding.endswith("1 of 10 runs failed and is left out; 1 of 10 runs was cancelled and is left out.")


def test_sameness_within_a_margin_is_said_beside_the_difference() -> None:
    like = arm("like", *[[0.5, 0.79, 0.80 + 0.001 * ((i + 1) % 3)] for i in SEEDS])
    found = compare([NONE, like], 0, Question(margin=0.01, ratio_margin=1.5)).arms[1]
    same = "no difference larger than 0.01 in final val_accuracy (adjusted p < 0.001): no difference found in final"
    assert found.finding.startswith(f"like against none: {same}")
    assert "no difference by more than a factor of 1.5 in how soon val_accuracy 0.8 is reached" in found.finding
    assert found.headline == "like: 0.801, the same within 0.01"


def test_runs_that_scatter_more_are_told() -> None:
    wide = arm("wide", *[[0.5, 0.79, 0.80 + 0.1 * (i % 3) * (-1) ** i] for i in SEEDS])
    found = compare([NONE, wide], 0, Question(threshold=None)).arms[1]
    assert "its runs scatter more (ratio of sds" in found.finding
