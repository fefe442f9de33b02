import numpy as np
from statsmodels.stats.weightstats import ttost_paired

from bn_models.statistics.comparison import compare
from bn_models.statistics.equivalence import Equivalence
from bn_models.statistics.question import Question
from tests.support.simulated_arms import arm

RNG = np.random.default_rng(0)
BASELINE = RNG.normal(0.8, 0.02, 30)
NOISE = RNG.normal(0.0, 0.004, 30)
ARM = BASELINE + NOISE - NOISE.mean() + 0.0003


def equivalent(margin: float, confidence: float = 0.95) -> Equivalence | None:
    arms = [arm(label, *[[value] for value in values]) for label, values in (("none", BASELINE), ("after", ARM))]
    against = compare(arms, 0, Question(threshold=None, margin=margin, confidence=confidence)).arms[1].against_baseline
    assert against is not None
    return against.final.equivalent


def test_two_one_sided_tests_are_near_those_of_student() -> None:
    expected = ttost_paired(ARM, BASELINE, -0.002, 0.002)[0]
    found = equivalent(0.002)
    assert found is not None
    assert expected - 0.02 <= found.p_adjusted <= 4 * expected + 0.02  # the family has four tests


def test_a_margin_that_holds_and_one_that_is_too_small() -> None:
    wide, narrow = equivalent(0.01), equivalent(0.0001)
    assert wide is not None
    assert narrow is not None
    assert (wide.verdict, narrow.verdict) == ("equivalent", "undecided")


def test_the_sentence_says_how_large_no_difference_is() -> None:
    arms = [arm(label, *[[value] for value in values]) for label, values in (("none", BASELINE), ("after", ARM))]
    found = compare(arms, 0, Question(threshold=None, margin=0.01)).arms[1]
    assert "no difference larger than 0.01 in final val_accuracy (adjusted p" in found.finding
    assert "the same within 0.01" in found.headline


def test_times_are_the_same_within_a_factor() -> None:
    rng = np.random.default_rng(1)
    columns = [[[0.0] * int(time) + [0.9] * (60 - int(time)) for time in rng.normal(30, 2, 12)] for _ in range(2)]
    arms = [arm(label, *of_arm) for label, of_arm in zip(("none", "after"), columns, strict=True)]
    found = [
        compare(arms, 0, Question(ratio_margin=margin)).arms[1].against_baseline for margin in (1.5, 1.001)
    ]  # fmt: skip
    verdicts = [one.speedup.equivalent.verdict for one in found if one and one.speedup.equivalent]
    assert verdicts == ["equivalent", "undecided"]
