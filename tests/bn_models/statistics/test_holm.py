import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from bn_models.statistics.holm import holm


def test_holm_is_over_the_tests_that_were_done() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([None, None]) == [None, None]
    assert holm([]) == []


def test_holm_never_falls_and_never_passes_one() -> None:
    """By hand: 4 x 0.02 = 0.08 and 3 x 0.3 = 0.9, below which 2 x 0.35 and 1 x 0.4 do not fall."""
    assert holm([0.4, 0.02, 0.35, 0.3]) == pytest.approx([0.9, 0.08, 0.9, 0.9])
    assert holm([0.3, 0.5, 0.7, 0.6]) == [1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("tests", [1, 2, 12, 100])
def test_holm_is_that_of_statsmodels(tests: int) -> None:
    p = np.random.default_rng(tests).beta(0.3, 2.0, tests).round(2)  # some of them equal
    assert holm(p.tolist()) == multipletests(p, method="holm")[1].tolist()
