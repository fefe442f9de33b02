import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, Run, RunColumns
from bn_models.statistics.time_to_threshold import (
    epochs_to_threshold,
    median_time,
    rank_differences,
    ratio_interval,
    seconds_to_threshold,
    speedup,
)

INF = np.inf


def kaplan_meier_median(times: Floats, horizon: float) -> float | None:
    """Of scipy: the middle of the times where the survival function is one half, as in R's survfit."""
    reached = np.isfinite(times)
    data = stats.CensoredData(uncensored=times[reached], right=np.full((~reached).sum(), horizon))
    survival = stats.ecdf(data).sf
    at_or_below = survival.quantiles[survival.probabilities <= 0.5 + 1e-9]
    below = survival.quantiles[survival.probabilities < 0.5 - 1e-9]
    return (at_or_below[0] + below[0]) / 2 if len(below) else None


def table(*columns: list[float], metric: str = "val_accuracy", seconds: float = 0.5) -> RunColumns:
    runs = [Run(seed, {metric: column, "seconds": [seconds] * len(column)}) for seed, column in enumerate(columns)]
    return RunColumns.of(ArmRuns("arm", {}, runs))


@pytest.mark.parametrize("seed", range(20))
def test_the_median_is_that_of_kaplan_and_meier(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = rng.integers(1, 40, rng.integers(4, 30)).astype(float)
    times[times > 30] = INF
    assert median_time(times, 0.95).median == kaplan_meier_median(times, 30.0)


def test_the_median_is_that_of_statsmodels_for_an_odd_number_of_runs() -> None:
    times = np.array([3.0, 5.0, 5.0, 8.0, 9.0, INF, INF])
    estimate = SurvfuncRight(np.minimum(times, 30), np.isfinite(times)).quantile(0.5)
    assert median_time(times, 0.95).median == estimate == 8.0


def test_censored_runs_are_not_dropped() -> None:
    times = np.array([2.0, 3.0, 4.0, INF, INF, INF, INF])
    found = median_time(times, 0.95)
    assert (found.median, found.low, found.high, found.reached) == (None, 2.0, None, 3)


def test_the_median_of_censored_exponential_times_is_their_half_life() -> None:
    times = np.random.default_rng(0).exponential(10.0, 20_001)
    times[times > 12.0] = INF  # three in ten runs
    found = median_time(times, 0.95)
    assert found.median == pytest.approx(10 * np.log(2), rel=0.02)
    assert found.reached == pytest.approx(20_001 * (1 - np.exp(-1.2)), rel=0.02)


@pytest.mark.slow
def test_the_interval_of_the_median_covers_it_in_93_to_97_of_100_studies() -> None:
    times = np.random.default_rng(4).exponential(10.0, (3000, 30))
    times[times > 12.0] = INF
    found = [median_time(study, 0.95) for study in times]
    covered = [(one.low or 0.0) <= 10 * np.log(2) <= (one.high or INF) for one in found]
    assert 0.93 <= np.mean(covered) <= 0.97


def test_equal_times_have_an_interval_of_one_point_from_six_runs_on() -> None:
    assert median_time(np.full(6, 17.0), 0.95).low == 17.0
    assert median_time(np.full(5, 17.0), 0.95).low is None


def test_epochs_count_from_one_and_seconds_add_up() -> None:
    runs = table([0.5, 0.8, 0.7], [0.9, 0.9, 0.9], [0.1, 0.2, 0.3], [0.5])
    epochs = epochs_to_threshold(runs, Question())
    assert epochs.tolist() == [2.0, 1.0, INF, INF]
    assert seconds_to_threshold(runs, epochs).tolist() == [1.0, 0.5, INF, INF]


def test_a_loss_reaches_the_threshold_from_above() -> None:
    runs = table([1.0, 0.3], [1.0, 0.4], metric="val_loss")
    assert epochs_to_threshold(runs, Question("val_loss", 0.3)).tolist() == [2.0, INF]


def test_the_speedup_is_the_ratio_of_the_medians() -> None:
    found = speedup(np.array([10.0, 11, 12, 13, 14, 15, 16]), np.array([22.0, 20, 26, 26, 24, 33, 31]), 0.95)
    assert found.ratio == 2.0
    assert found.low is not None
    assert found.high is not None
    assert 1.5 < found.low < 2.0 <= found.high < 2.5


def test_speedup_against_arms_that_never_reach_the_threshold() -> None:
    never, always = np.full(8, INF), np.arange(8.0) + 3
    found = speedup(always, never, 0.95)
    assert (found.ratio, found.low, found.high) == (None, None, None)
    assert rank_differences(always, never).tolist() == (-rank_differences(never, always)).tolist()
    assert not rank_differences(never, never).any()


def test_the_interval_of_a_speedup_is_open_where_resamples_pass_the_horizon() -> None:
    rng = np.random.default_rng(0)
    baseline = np.where(np.arange(20) < 12, rng.normal(20, 1, 20), INF)
    found = speedup(rng.normal(10, 1, 20), baseline, 0.95)
    assert found.ratio == pytest.approx(2, abs=0.3)
    assert found.low is not None
    assert found.low > 1.7
    assert found.high is None


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [10, 30])
def test_the_interval_of_a_speedup_covers_it_in_93_to_97_of_100_studies(seeds: int) -> None:
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 0.1, (1000, seeds))
    arms, baselines = (median * np.exp(shared + rng.normal(0, 0.2, (1000, seeds))) for median in (17, 23))
    arms[arms > 22] = INF  # a horizon that about one run in eight does not reach
    found = [ratio_interval(arm, baseline, 0.95, resamples=499) for arm, baseline in zip(arms, baselines, strict=True)]
    covered = [(low or 0.0) <= 23 / 17 <= (high or INF) for low, high in found]
    assert 0.93 <= np.mean(covered) <= 0.97


def test_resamples_where_both_medians_are_beyond_the_horizon_open_both_ends() -> None:
    times = np.array([3.0, 4, 5, 6, 7, INF, INF, INF, INF])
    assert median_time(times, 0.95).median == 7.0
    assert ratio_interval(times, times, 0.95) == (None, None)


@pytest.mark.parametrize("runs", [1, 5, 6, 9, 10, 30, 101])
def test_the_interval_of_a_median_is_that_of_scipy(runs: int) -> None:
    times = np.random.default_rng(runs).exponential(1.0, runs)
    expected = stats.quantile_test(times, p=0.5).confidence_interval(0.95)
    found = median_time(times, 0.95)
    assert [found.low, found.high] == [None if np.isnan(bound) else bound for bound in expected]
