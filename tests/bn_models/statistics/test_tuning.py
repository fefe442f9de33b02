from itertools import combinations
from typing import Any

import numpy as np
import pytest

from bn_models.statistics.comparison import compare
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, Run
from bn_models.statistics.tuned_arms import TunedArm

RATES = [0.001, 0.01, 0.1, 1.0]
QUESTION = Question("test_score", 0.75, tune="optimizer.rate")


def arms_of(
    scores: Floats,
    validation: Floats | None = None,
    norm: str = "none",
    rates: list[Any] = RATES,
    metric: str = "score",
) -> list[ArmRuns]:
    """``scores`` (rates, seeds) on test rows, and those on validation rows, the same where there are none."""
    chosen_by = scores if validation is None else validation
    return [
        ArmRuns(
            f"norm={norm}, rate={rate}",
            {"norm": norm, "optimizer.rate": rate},
            [
                Run(seed, {f"val_{metric}": [seen]}, final={f"test_{metric}": value})
                for seed, (value, seen) in enumerate(zip(row.tolist(), seen_row.tolist(), strict=True))
            ],
        )
        for rate, row, seen_row in zip(rates, scores, chosen_by, strict=True)
    ]


def tuned(arms: list[ArmRuns], question: Question = QUESTION, baseline: int = 0) -> list[TunedArm]:
    return compare(arms, baseline, question).tuned


def around(middles: list[float], seeds: int = 10, seed: int = 0) -> Floats:
    return np.asarray(np.array(middles)[:, None] + np.random.default_rng(seed).normal(0, 0.001, (len(middles), seeds)))


def test_the_value_that_validation_rows_choose_is_reported_by_test_rows() -> None:
    seen, scores = around([0.1, 0.9, 0.8, 0.1]), around([0.1, 0.7, 0.95, 0.1], seed=1)
    (one,) = tuned(arms_of(scores, seen))
    assert (one.label, one.best, one.chosen, one.edge) == ("norm=none", 0.01, {"0.01": 10}, None)
    assert one.final.mean == pytest.approx(scores[1].mean())
    assert one.against_baseline is None


def test_the_luckiest_of_equal_values_is_not_reported_as_better() -> None:
    rng = np.random.default_rng(1)
    means = [tuned(arms_of(rng.normal(0.0, 1.0, (4, 10))))[0].final.mean for _ in range(300)]
    assert abs(np.mean([mean for mean in means if mean is not None])) < 4 * 1.0 / np.sqrt(10 * 300)


def test_arms_are_compared_at_their_own_best() -> None:
    none, after = around([0.5, 0.8, 0.3, 0.1]), around([0.2, 0.5, 0.7, 0.85], seed=1)
    found = tuned([*arms_of(none), *arms_of(after, norm="after")])
    assert [one.best for one in found] == [0.01, 1.0]
    assert [one.edge for one in found] == [None, "largest"]
    assert found[1].against_baseline is not None
    final = found[1].against_baseline["final"]
    assert final.difference == pytest.approx((after[3] - none[1]).mean())
    assert (final.p_adjusted or 1.0) < 0.05


def test_tolerance_is_the_good_decades_in_a_row_around_the_best() -> None:
    scores = around([0.8, 0.1, 0.8, 0.9])
    (by_threshold,) = tuned(arms_of(scores))
    assert by_threshold.tolerance is not None
    assert by_threshold.tolerance.value == pytest.approx(1.0)  # not 3: the second one is bad
    assert by_threshold.largest is not None
    assert by_threshold.largest.value == 1.0
    (by_margin,) = tuned(arms_of(scores), Question("test_score", 0.75, margin=0.05, tune="optimizer.rate"))
    assert by_margin.tolerance is not None
    assert by_margin.tolerance.value == 0.0
    (never,) = tuned(arms_of(scores), Question("test_score", 0.99, tune="optimizer.rate"))
    assert never.tolerance is never.largest is None


def test_the_expected_best_of_n_is_the_mean_over_all_subsets() -> None:
    scores = around([0.8, 0.1, 0.4, 0.9])
    (one,) = tuned(arms_of(scores))
    means = scores.mean(axis=1)
    expected = [np.mean([max(some) for some in combinations(means, n)]) for n in range(1, 5)]
    assert one.expected_best == pytest.approx(expected)


def test_of_losses_the_lowest_is_the_best_and_a_diverged_value_the_worst() -> None:
    scores = around([0.8, 0.1, 0.4, 0.9])
    scores[3, 0] = np.nan
    (one,) = tuned(arms_of(scores, metric="loss"), Question("test_loss", None, tune="optimizer.rate"))
    assert one.best == 0.01
    assert one.final.mean == pytest.approx(scores[1].mean())
    assert one.expected_best[-1] == pytest.approx(scores[1].mean())
    assert one.expected_best[0] == pytest.approx(np.mean([scores[i].mean() for i in (0, 0, 1, 2)]))


def test_values_that_are_no_numbers_have_neither_tolerance_nor_edge() -> None:
    (one,) = tuned(arms_of(around([0.8, 0.1]), rates=["relu", "tanh"]))
    assert (one.best, one.edge, one.tolerance, one.largest) == ("relu", None, None, None)


def test_nothing_is_tuned_over_one_value_one_seed_or_a_path_that_no_arm_has() -> None:
    assert tuned(arms_of(around([0.5]), rates=[0.1])) == []
    assert tuned(arms_of(around([0.5, 0.6, 0.7, 0.8], seeds=1))) == []
    assert tuned(arms_of(around([0.5, 0.6, 0.7, 0.8])), Question("test_score", 0.75, tune="momentum")) == []
