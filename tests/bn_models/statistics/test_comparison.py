import json
from dataclasses import asdict
from time import perf_counter

import numpy as np
import pytest
from scipy import stats

from bn_models.statistics.comparison import Comparison, compare
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run
from tests.support.simulated_arms import arm, simulated

NAN = float("nan")


def three_arms(seeds: int = 30, epochs: int = 100) -> list[ArmRuns]:
    rng = np.random.default_rng(0)
    return [
        simulated("none", seeds, epochs, 0.847, 12, rng),
        simulated("after_activation", seeds, epochs, 0.847, 8, rng),
        simulated("before_activation", seeds, epochs, 0.824, 12, rng),
    ]


def claims(comparison: Comparison) -> int:
    """How many tests of a comparison reject."""
    pairs = [one.against_baseline for one in comparison.arms if one.against_baseline]
    adjusted = [p for pair in pairs for p in (pair.final.p_adjusted, pair.speedup.p_adjusted)]
    return sum(p is not None and p <= 0.05 for p in adjusted)


def test_it_is_json_of_the_contracts_shape() -> None:
    found = json.loads(json.dumps(asdict(compare(three_arms(8, 40), 0)), allow_nan=False))
    assert set(found) == {
        "threshold", "metric", "confidence", "margin", "ratio_margin", "conditions", "arms", "interactions", "tuned",
        "claims", "headline",
    }  # fmt: skip
    none, after, _ = found["arms"]
    assert set(after) == {
        "settings", "label", "runs", "diverged", "failed", "cancelled", "largest_class_share", "curves",
        "final", "best", "epochs_to_threshold",
        "seconds_to_threshold", "against_baseline", "finding", "headline",
    }  # fmt: skip
    metrics = {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert set(after["curves"]) == {"epoch", *metrics, "seconds", "learning_rate"}
    assert set(after["curves"]["loss"]) == {"mean", "low", "high"}
    assert after["curves"]["epoch"] == list(range(1, 41))
    assert set(after["final"]) == set(after["best"]) == metrics
    assert set(after["final"]["loss"]) == {"mean", "sd", "low", "high"}
    assert (
        set(after["epochs_to_threshold"]) == set(after["seconds_to_threshold"]) == {"median", "low", "high", "reached"}
    )
    assert none["against_baseline"] is None
    assert set(after["against_baseline"]["final"]) == {
        "difference", "low", "high", "p", "p_adjusted", "effect_size", "equivalent",
    }  # fmt: skip
    assert set(after["against_baseline"]["speedup"]) == {"ratio", "low", "high", "p", "p_adjusted", "equivalent"}
    assert set(after["against_baseline"]["spread"]) == {"ratio", "low", "high", "p_adjusted"}
    assert set(after["against_baseline"]["diverged"]) == {"arm", "baseline", "p_adjusted"}


def test_the_differences_of_three_arms_are_found() -> None:
    none, after, before = compare(three_arms(), 0).arms
    assert none.against_baseline is None
    assert after.against_baseline is not None
    assert before.against_baseline is not None
    assert after.against_baseline.speedup.ratio == pytest.approx(1.5, abs=0.2)
    assert (after.against_baseline.speedup.p_adjusted or 1) < 0.01
    assert (after.against_baseline.final.p_adjusted or 0) > 0.05
    assert before.against_baseline.final.difference == pytest.approx(-0.023, abs=0.004)
    assert (before.against_baseline.final.p_adjusted or 1) < 0.01


def test_seeds_pair_runs_whatever_their_order() -> None:
    none, after, _ = three_arms(9)
    shuffled = ArmRuns(after.label, after.settings, after.runs[::-1])
    straight, reversed_ = (compare([none, one], 0).arms[1].against_baseline for one in (after, shuffled))
    assert straight == reversed_


def test_only_shared_seeds_are_compared() -> None:
    none, after, _ = three_arms(9)
    fewer = ArmRuns(after.label, after.settings, after.runs[2:])
    same = compare([ArmRuns("none", {}, none.runs[2:]), fewer], 0).arms[1].against_baseline
    assert compare([none, fewer], 0).arms[1].against_baseline == same


def test_two_runs_of_one_seed_are_refused() -> None:
    with pytest.raises(ValueError, match="seed"):
        ArmRuns("twice", {}, [Run(1, {"loss": [1.0]}), Run(1, {"loss": [2.0]})])


def test_curves_are_t_intervals_and_stay_within_what_an_accuracy_can_be() -> None:
    values = [[0.5, 0.9], [0.6, 1.0], [0.7, 1.0]]
    curve = compare([arm("none", *map(list, values))], 0).arms[0].curves["val_accuracy"]
    assert curve["mean"] == pytest.approx([0.6, 0.9667], abs=1e-4)
    low, high = stats.t.interval(0.95, 2, 0.6, stats.sem([0.5, 0.6, 0.7]))
    assert (curve["low"][0], curve["high"][0]) == pytest.approx((low, high))
    assert curve["high"][1] == 1.0


def test_a_run_that_ended_early_keeps_its_last_values() -> None:
    runs = [
        Run(0, {"val_accuracy": [0.5, 0.7, 0.9], "seconds": [1.0, 1.0, 1.0]}),
        Run(1, {"val_accuracy": [0.3], "seconds": [3.0]}, diverged_at_epoch=1),
    ]
    found = compare([ArmRuns("none", {}, runs)], 0).arms[0]
    assert found.curves["val_accuracy"]["mean"] == pytest.approx([0.4, 0.5, 0.6])
    assert found.curves["seconds"]["mean"] == [2.0, 1.0, 1.0]
    assert found.final["val_accuracy"].mean == pytest.approx(0.6)
    assert found.best["val_accuracy"].mean == pytest.approx(0.6)


def test_of_a_diverged_run_accuracy_counts_as_zero_and_loss_as_nothing_where_not_finite() -> None:
    runs = [
        Run(0, {"val_accuracy": [0.8, 0.8], "loss": [0.5, 0.4]}),
        Run(1, {"val_accuracy": [0.6, None], "loss": [0.7, float("inf")]}, diverged_at_epoch=2),
    ]
    found = compare([ArmRuns("none", {}, runs)], 0, Question(threshold=0.7)).arms[0]
    assert (found.runs, found.diverged, found.failed) == (2, 1, 0)
    assert found.final["val_accuracy"].mean == pytest.approx(0.4)
    assert found.final["loss"].mean == 0.4
    assert found.best["loss"].mean == pytest.approx(0.55)
    assert found.epochs_to_threshold.reached == 1


def test_failed_runs_are_counted_and_not_used() -> None:
    none = arm("none", [0.5, 0.9], [0.5, 0.8])
    broken = ArmRuns("none", {}, [*none.runs, Run(7, {"val_accuracy": [0.1]}, failed=True), Run(8, {})])
    whole, found = (compare([one], 0).arms[0] for one in (none, broken))
    assert (found.runs, found.failed) == (4, 2)
    assert found.curves == whole.curves
    assert found.epochs_to_threshold == whole.epochs_to_threshold


@pytest.mark.parametrize("metric", ["val_accuracy", "val_loss"])
@pytest.mark.parametrize(
    "arms",
    [
        [],
        [arm("none"), arm("after")],
        [arm("none", [0.5]), arm("after", [0.9])],
        [arm("none", [0.5], [0.6]), arm("after", [0.9], [0.8])],
        [arm("none", *[[0.5, 0.5]] * 9), arm("after", *[[0.5, 0.5]] * 9), arm("before", *[[0.9, 0.9]] * 9)],
        [arm("none", *[[0.1, NAN]] * 9, diverged=2), arm("after", *[[NAN]] * 9, diverged=1)],
        [arm("none", *[[0.1, NAN]] * 9, metric="val_loss"), arm("after", *[[NAN]] * 9, metric="val_loss")],
        [arm("none", *[[0.9]] * 9), ArmRuns("failed", {}, [Run(0, {"val_loss": [1.0]}, failed=True)])],
        [ArmRuns("failed", {}, [Run(0, {}, failed=True)]), arm("after", *[[0.9]] * 9)],
        [arm("none", [0.9], [0.8]), ArmRuns("other", {}, [Run(5, {"val_loss": [1.0]})])],
    ],
)
def test_odd_studies_have_a_comparison_without_a_claim_that_is_not_json(arms: list[ArmRuns], metric: str) -> None:
    found = compare(arms, 0, Question(metric))
    json.dumps(asdict(found), allow_nan=False)
    assert all(one.finding.endswith(".") and "nan" not in one.finding for one in found.arms)


@pytest.mark.slow
def test_a_comparison_of_equal_arms_finds_something_in_at_most_six_of_100_studies() -> None:
    """Both tests of two arms against a baseline that they share; of 600 studies."""
    rng = np.random.default_rng(6)
    found = [claims(compare([simulated(str(i), 9, 8, 0.9, 5, rng) for i in range(3)], 0)) > 0 for _ in range(600)]
    assert 0.01 <= np.mean(found) <= 0.06


@pytest.mark.timing
@pytest.mark.parametrize(("arms", "seconds"), [(3, 0.5), (12, 2.0)])
def test_comparing_is_fast(arms: int, seconds: float) -> None:
    rng = np.random.default_rng(0)
    study = [simulated(str(i), 30, 100, 0.85, 12, rng) for i in range(arms)]
    started = perf_counter()
    asdict(compare(study, 0))
    assert perf_counter() - started < 3 * seconds  # room for a busy machine


def test_every_arm_may_have_a_baseline_of_its_own() -> None:
    none, after, before = three_arms()
    found = compare([none, after, none, before], [None, 0, None, 2]).arms
    both = compare([none, after, before], 0).arms
    assert [one.against_baseline is None for one in found] == [True, False, True, False]
    assert found[1].against_baseline == both[1].against_baseline
    assert found[3].against_baseline == both[2].against_baseline
