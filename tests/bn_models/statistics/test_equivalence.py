import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from bn_models.statistics.equivalence import equivalence, ratio_sides, sides, time_sides
from bn_models.statistics.runs import Floats
from bn_models.statistics.sign_flips import Outcome, PairedTest, outcomes

INF = np.inf


def p_of(values: Floats) -> float:
    return outcomes({"one": PairedTest(range(len(values)), values, one_sided=True)})["one"].p


@pytest.mark.parametrize("seed", range(5))
def test_of_many_seeds_it_is_the_two_one_sided_t_tests_of_statsmodels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=60)
    arm, baseline = shared + rng.normal(0.1, 1.0, 60), shared + rng.normal(0.0, 1.0, 60)
    _, above, below = ttost_paired(arm, baseline, -0.4, 0.4)
    found = sides(arm - baseline, 0.4)
    assert p_of(found["above -margin"]) == pytest.approx(above[1], abs=0.01)
    assert p_of(found["below margin"]) == pytest.approx(below[1], abs=0.01)


def test_ratios_are_tested_by_wilcoxons_signed_ranks() -> None:
    rng = np.random.default_rng(1)
    arm, baseline = np.exp(rng.normal(3.0, 0.2, (2, 12)))
    found = ratio_sides(arm, baseline, 1.25)
    for side, values in (("below margin", baseline * 1.25 / arm), ("above -margin", arm * 1.25 / baseline)):
        expected = stats.wilcoxon(np.log(values), alternative="greater", method="exact").pvalue
        assert p_of(found[side]) == pytest.approx(expected, abs=0.01)  # studentized, so not in quite the same order


def test_a_time_beyond_the_horizon_is_outside_of_every_margin() -> None:
    arm, baseline = np.array([3.0, INF, 5.0]), np.array([3.0, 4.0, INF])
    assert ratio_sides(arm, baseline, 1.5)["below margin"].tolist() == [1.0, -2.5, 2.5]
    assert time_sides(arm, baseline, 2.0)["above -margin"].tolist() == [1.0, 2.5, -2.5]


def test_both_sides_must_be_shown() -> None:
    one, other = Outcome(0.01, 0.02), Outcome(0.03, 0.06)
    assert equivalence({"above": one, "below": one}, 0.1, 0.05) is not None
    for both, verdict in (((one, one), "equivalent"), ((one, other), "undecided"), ((other, one), "undecided")):
        found = equivalence(dict(zip("ab", both, strict=True)), 0.1, 0.05)
        assert found is not None
        assert (found.verdict, found.p_adjusted) == (verdict, max(one.p_adjusted for one in both))
    assert equivalence({"above": one}, 0.1, 0.05) is None
