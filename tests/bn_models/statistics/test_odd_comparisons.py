"""Whatever the runs are, a comparison is JSON, its sentences have no NaN, and its headlines fit a slide."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from bn_models.statistics.comparison import Comparison, compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.findings import HEADLINE_CHARACTERS
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns, Run
from tests.support.simulated_arms import arm

NAN, INF = float("nan"), float("inf")
RANDOM = np.random.default_rng(0).random((9, 3))


def runs(label: str, count: int, scale: float = 1.0, metric: str = "val_score") -> ArmRuns:
    return arm(label, *(scale * RANDOM[:count]).tolist(), metric=metric)


def ended(label: str, **how: bool) -> ArmRuns:
    return ArmRuns(label, {}, [Run(0, {"val_score": [1.0]}, **how)])  # type: ignore[arg-type]


STUDIES = {
    "one seed": [runs("a", 1), runs("b", 1)],
    "two seeds": [runs("a", 2), runs("b", 2)],
    "unequal numbers": [runs("a", 3), runs("b", 9)],
    "no run": [runs("a", 0), runs("b", 9)],
    "no arm": [],
    "constant": [arm("a", *[[0.5]] * 8, metric="val_score"), arm("b", *[[0.5]] * 8, metric="val_score")],
    "huge": [runs("a", 8, 1e300), runs("b", 8, -1e300)],
    "tiny": [runs("a", 8, 1e-300), runs("b", 8, 1e-305)],
    "all diverged": [arm(label, *[[NAN]] * 8, metric="val_loss", diverged=1) for label in "ab"],
    "NaN in one arm": [runs("a", 8, metric="val_loss"), arm("b", *[[INF]] * 8, metric="val_loss")],
    "other metrics": [runs("a", 8, metric="x"), runs("b", 8, metric="y")],
    "failed and cancelled": [ended("a", failed=True), ended("b", cancelled=True)],
    "long labels": [runs("a" * 300, 8), runs("b" * 300, 8)],
}
QUESTIONS = {
    "plain": Question("val_score"), "loss": Question("val_loss"), "accuracy": Question("val_accuracy"),
    "gap": Question("accuracy_gap", None), "no threshold": Question("val_score", None),
    "margin 0": Question("val_score", margin=0.0), "huge margin": Question("val_loss", margin=1e300),
    "ratio": Question("val_score", 0.5, ratio_margin=1.2), "interaction": Question("val_score", interaction="lr"),
    "tune": Question("val_score", tune="lr"), "tune a loss": Question("val_loss", None, margin=0.1, tune="lr"),
}  # fmt: skip
CONDITIONS = [
    Conditions(),
    Conditions(test_rows=30, split="one", selected_on_test=True, looks=(2, 4, 8), cancelled=1),
    Conditions(split="a seed", overlap=0.25, looks=(4,), planned=(4, 8)),
]


def checked(found: Comparison) -> Comparison:
    json.dumps(asdict(found), allow_nan=False)
    assert all(len(line) <= HEADLINE_CHARACTERS for line in found.headline.splitlines())
    assert not any(word in one.finding for one in found.arms for word in ("nan", " inf", "None"))
    return found


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("arms", STUDIES.values(), ids=STUDIES)
def test_any_runs_can_be_asked_anything(arms: list[ArmRuns], question: Question) -> None:
    labels = [one.label for one in arms]
    claims = [
        Claim("a claim", None, labels[0], labels[-1], metric, kind, 0.01)
        for metric in (question.metric, "spread", "diverged", "epochs_to_threshold", "seconds_per_step") if arms
        for kind in ("higher", "lower", "equal")
    ]  # fmt: skip
    for conditions in CONDITIONS:
        checked(compare(arms, 0, question, conditions, claims))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_grid_some_of_whose_rates_diverge(question: Question) -> None:
    arms = [
        ArmRuns(f"p={place}, lr={rate}", {"p": place, "lr": rate}, [
            Run(seed, {"val_loss": [NAN if rate == 1.0 else 1.0 + RANDOM[seed, 0]], "val_score": [RANDOM[seed, 1]]})
            for seed in range(7)
        ])
        for place in "ab" for rate in (1.0, 0.1, 0.01)
    ]  # fmt: skip
    found = checked(compare(arms, [None, None, None, 0, 1, 2], question))
    assert len(found.tuned) == (2 if question.tune else 0)
    assert len(found.interactions) == (2 if question.interaction and question.metric == "val_score" else 0)


def test_a_claim_about_an_unknown_arm_names_those_there_are() -> None:
    claim = Claim("a claim", None, "c", "a", "val_score", "higher")
    with pytest.raises(ValueError, match="there is no arm 'c': arms are a, b"):
        compare([runs("a", 8), runs("b", 8)], 0, Question("val_score"), claims=[claim])
