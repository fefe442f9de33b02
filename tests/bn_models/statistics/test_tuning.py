from collections.abc import Mapping

import numpy as np
import pytest

from bn_models.statistics.comparison import compare
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run
from bn_models.statistics.tuned_arms import TunedArm

SEEDS = 10
RATES = (1.0, 0.1, 0.01)


def _run(seed: int, level: float, rng: np.random.Generator) -> Run:
    val, test = rng.normal(level, 0.005, 2).tolist()
    return Run(seed, {"val_accuracy": [val]}, final={"test_accuracy": test})


def grid(levels: Mapping[str, Mapping[float, float]]) -> list[ArmRuns]:
    """Accuracies around a level for each placement and rate."""
    rng = np.random.default_rng(0)
    return [
        ArmRuns(
            f"placement={place}, learning_rate={rate}",
            {"batch_norm.placement": place, "learning_rate": rate},
            [_run(seed, level, rng) for seed in range(SEEDS)],
        )
        for place, of_rates in levels.items()
        for rate, level in of_rates.items()
    ]


LEVELS = {"none": {1.0: 0.1, 0.1: 0.8, 0.01: 0.7}, "after": {1.0: 0.88, 0.1: 0.9, 0.01: 0.7}}


def tuned(metric: str = "val_accuracy", **asked: float | None) -> list[TunedArm]:
    question = Question(metric, tune="learning_rate", **asked)  # type: ignore[arg-type]
    return compare(grid(LEVELS), [None] * 3 + [0, 1, 2], question).tuned


def test_each_arm_stands_at_its_own_best_rate_against_the_baseline_at_its_own() -> None:
    none, after = tuned()
    assert (none.label, none.best, none.chosen) == ("placement=none", 0.1, {"0.1": 10})
    assert none.against_baseline is None
    assert after.against_baseline is not None
    found = after.against_baseline["final"]
    assert found.difference == pytest.approx(0.1, abs=0.01)
    assert found.p_adjusted is not None
    assert found.p_adjusted < 0.01


def test_validation_rows_choose_and_test_rows_are_reported() -> None:
    assert tuned("test_accuracy")[1].final.mean != tuned("val_accuracy")[1].final.mean
    assert tuned("test_accuracy")[1].best == 0.1


def test_tolerance_is_the_decades_in_which_the_median_run_is_good() -> None:
    none, after = tuned(margin=0.05)
    assert none.tolerance is not None
    assert none.largest is not None
    assert (none.tolerance.value, none.largest.value) == (0.0, 0.1)
    assert after.tolerance is not None
    assert after.largest is not None
    assert after.tolerance.value == pytest.approx(1.0)
    assert after.largest.value == 1.0
    assert after.tolerance.low <= 1.0 <= after.tolerance.high
    assert tuned(threshold=None)[0].tolerance is None


def test_the_best_at_the_end_of_the_grid_is_an_edge() -> None:
    levels = {"none": {1.0: 0.9, 0.1: 0.8}, "after": {1.0: 0.1, 0.1: 0.8}}
    found = compare(grid(levels), [None, None, 0, 1], Question(tune="learning_rate")).tuned
    assert [one.edge for one in found] == ["largest", "smallest"]


def test_the_expected_best_of_n_is_the_mean_over_all_choices_of_n() -> None:
    first, two, three = tuned()[1].expected_best
    scores = np.array([0.88, 0.9, 0.7])
    pairs = [max(scores[i], scores[j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert first == pytest.approx(scores.mean(), abs=0.01)
    assert two == pytest.approx(np.mean(pairs), abs=0.01)
    assert three == pytest.approx(0.9, abs=0.01)


def test_no_seed_is_reported_at_a_rate_that_it_chose() -> None:
    """With pure noise the best of many rates is no better than the others."""
    rng = np.random.default_rng(3)
    arms = [
        ArmRuns(f"learning_rate={rate}", {"learning_rate": rate},
                [Run(seed, {}, final={"val_accuracy": rng.normal(0.5, 0.1)}) for seed in range(200)])
        for rate in range(1, 21)
    ]  # fmt: skip
    found = compare(arms, [None] * 20, Question(tune="learning_rate")).tuned[0]
    assert found.final.mean == pytest.approx(0.5, abs=0.03)
