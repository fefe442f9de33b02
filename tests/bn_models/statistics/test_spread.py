import numpy as np
import pytest
from scipy import stats

from bn_models.statistics.sign_flips import PairedTest, outcomes
from bn_models.statistics.spread import spread, spread_values


def two_arms(seeds: int, ratio: float, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rng = np.random.default_rng(seed)
    return np.asarray((rng.normal(size=seeds) + rng.normal(size=(2, seeds))) * [[ratio], [1.0]])


@pytest.mark.parametrize("ratio", [1.0, 1.3, 2.0])
def test_of_many_seeds_it_is_the_test_of_pitman_and_morgan(ratio: float) -> None:
    """The correlation of sums and differences."""
    arm, baseline = two_arms(200, ratio)
    values = spread_values(arm, baseline)
    found = outcomes({"spread": PairedTest(range(200), values)})["spread"].p
    assert found == pytest.approx(
        stats.pearsonr(arm + baseline, arm - baseline).pvalue, abs=0.06
    )  # that takes the values for normal


def test_the_interval_is_where_the_test_of_pitman_and_morgan_does_not_reject() -> None:
    arm, baseline = two_arms(15, 1.5)
    found = spread(arm, baseline, 0.95, 0.0, None)
    assert found.ratio == pytest.approx(arm.std() / baseline.std())
    for bound in (found.low, found.high):
        assert bound is not None
        scaled = bound * baseline
        assert stats.pearsonr(arm + scaled, arm - scaled).pvalue == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_it_does_not_depend_on_the_unit(scale: float) -> None:
    arm, baseline = two_arms(9, 1.5)
    assert spread(arm * scale, baseline * scale, 0.95, 0.0, None).ratio == pytest.approx(arm.std() / baseline.std())
    np.testing.assert_allclose(spread_values(scale * arm, scale * baseline), spread_values(arm, baseline))


def test_no_ratio_of_constant_runs_or_of_two() -> None:
    arm, baseline = two_arms(9, 1.0)
    assert spread(np.full(9, 0.1), baseline, 0.95, 0.0, 0.5).ratio is None
    assert spread(arm[:2], baseline[:2], 0.95, 0.0, None).ratio is None


def test_splits_of_one_table_widen_the_interval() -> None:
    arm, baseline = two_arms(10, 1.0)
    plain, wide = (spread(arm, baseline, 0.95, overlap, None) for overlap in (0.0, 0.3))
    assert plain.low is not None
    assert wide.low is not None
    assert plain.ratio is not None
    assert np.log(plain.ratio / wide.low) == pytest.approx(2 * np.log(plain.ratio / plain.low))
