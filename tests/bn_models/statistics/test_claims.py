import numpy as np
import pytest

from bn_models.statistics.claims import Claim, Settled, seeds_to_show
from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run

SEEDS = 12
SHARED = np.random.default_rng(0).normal(0.8, 0.01, SEEDS)
OWN = np.random.default_rng(1).normal(0.0, 0.002, SEEDS)


def arm(label: str, shift: float, epoch: int = 5) -> ArmRuns:
    """Reaches 0.8 at ``epoch``; its final value is ``shift`` above that of an arm without."""
    curve = [0.0] * (epoch - 1) + [0.85] * (10 - epoch)
    runs = [
        Run(
            seed,
            {"val_accuracy": curve},
            final={"val_accuracy": float(SHARED[seed] + OWN[seed] * (shift != 0) + shift)},
        )
        for seed in range(SEEDS)
    ]
    return ArmRuns(label, {}, runs)


def settled(metric: str, kind: str, margin: float | None = None, conditions: Conditions = Conditions()) -> Settled:  # noqa: B008
    arms = [arm("none", 0.0), arm("after", 0.02, epoch=3), arm("like", 1e-5)]
    against = {"higher": "after", "lower": "after", "equal": "like"}[kind]
    claim = Claim("a claim", "S4", against, "none", metric, kind, margin)  # type: ignore[arg-type]
    return compare(arms, 0, Question(), conditions, [claim]).claims[0]


def test_a_claim_that_the_test_finds_is_supported_with_its_figures() -> None:
    found = settled("val_accuracy", "higher")
    assert (found.text, found.source, found.verdict) == ("a claim", "S4", "supported")
    assert found.why.startswith("val_accuracy 0.8")
    assert "adjusted p = 0.0005" in found.why or "adjusted p < 0.001" in found.why


def test_the_opposite_is_contradicted() -> None:
    assert settled("val_accuracy", "lower").verdict == "contradicted"


def test_fewer_epochs_are_lower() -> None:
    assert settled("epochs_to_threshold", "lower").verdict == "supported"
    assert settled("epochs_to_threshold", "higher").verdict == "contradicted"


def test_equality_is_shown_within_the_margin_and_not_by_finding_nothing() -> None:
    assert settled("val_accuracy", "equal", 0.01).verdict == "supported"
    undecided = settled("val_accuracy", "equal", 1e-6)
    assert undecided.verdict == "undecided"
    assert undecided.why.startswith("no number of seeds would show")


@pytest.mark.parametrize("metric", ["seconds_per_step", "test_accuracy"])
def test_what_was_not_measured_is_undecided(metric: str) -> None:
    assert settled(metric, "higher").why == f"no test of {metric} could be made of these runs"


def test_how_many_more_seeds_would_show_a_difference() -> None:
    """Of a paired t test at 5 % with a power of 80 %: 34 seeds for half a standard deviation (G*Power)."""
    assert seeds_to_show(0.5, 1.0, 10, 0.0, 0.05) == 34 - 10
    assert seeds_to_show(0.5, 1.0, 100, 0.0, 0.05) == 1
    assert seeds_to_show(0.0, 1.0, 10, 0.0, 0.05) is None
    assert seeds_to_show(0.5, 1.0, 10, 0.25, 0.05) is None, "splits of one table never say so much"
