"""A study's comparison and its report in words, without processes and databases."""

import orjson
import pytest

from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns
from service.analysis.report import PACKAGES, compared, document
from tests.support.simulated_arms import arm
from tests.support.study_data import study_of_arms

ARMS = [arm("none", [0.5, 0.7], [0.5, 0.75]), arm("after", [0.8, 0.9], [0.8, 0.95])]
DATA = study_of_arms([{"steps_per_epoch": None}] * 2, ARMS)
QUESTION = Question(threshold=0.6)


def test_the_comparison_is_of_the_arms_against_their_baselines() -> None:
    found = compared(DATA, QUESTION)
    assert (found["study_id"], found["partial"], found["threshold"]) == ("a1", False, 0.6)
    none, after = found["arms"]
    assert none["against_baseline"] is None
    assert after["against_baseline"]["final"]["difference"] == pytest.approx(0.2)
    assert orjson.loads(document(DATA, QUESTION, "json")) == orjson.loads(orjson.dumps(found))


def test_the_report_says_findings_versions_and_seeds() -> None:
    text = document(DATA, QUESTION, "md").decode()
    assert f"- {compared(DATA, QUESTION)['arms'][1]['finding']}" in text
    assert "none: seeds 0, 1" in text
    assert all(f"{package} " in text for package in PACKAGES)
    assert "cancelled" not in text


def test_the_report_says_what_is_missing() -> None:
    empty = [ArmRuns("none", {}, []), ArmRuns("after", {}, [])]
    text = document(study_of_arms(DATA.specs, empty, partial=True, cancelled=1), QUESTION, "md").decode()
    assert "still running" in text
    assert "1 of the study's runs was cancelled and is in none of these figures" in text
    assert "after: seeds none yet" in text


def test_the_report_begins_with_a_line_an_arm_and_what_it_holds_for() -> None:
    data = study_of_arms(DATA.specs, ARMS, conditions=Conditions(test_rows=500, split="one"))
    text = document(data, QUESTION, "md").decode()
    lines = [arm["headline"] for arm in compared(data, QUESTION)["arms"]]
    assert text.index(lines[0]) < text.index(lines[1]) < text.index("One split, 500 test rows") < text.index("Findings")
    assert "all p values are corrected for one another. Epochs to 0.6: the median" in text


def test_a_metric_without_a_threshold_has_no_epochs_to_it() -> None:
    losses = [arm("none", [1.0, 0.7], metric="val_loss"), arm("after", [0.5, 0.4], metric="val_loss")]
    text = document(study_of_arms(DATA.specs, losses), Question("val_loss", threshold=None), "md").decode()
    assert "final val_loss" in text
    assert "Epochs to" not in text


def test_rows_that_choose_a_setting_and_are_reported_are_said_but_not_of_arms_as_they_are() -> None:
    found = compared(DATA, Question(tune="batch_norm.placement"))
    assert found["conditions"]["selected_on_test"]
    assert "chosen by the rows" not in " ".join(arm["finding"] for arm in found["arms"])
    apart = study_of_arms(DATA.specs, ARMS, conditions=Conditions(test_rows=500, validation_rows=100))
    assert not compared(apart, Question(tune="batch_norm.placement"))["conditions"]["selected_on_test"]


def test_peoples_words_stay_in_their_cell() -> None:
    claim = Claim("a | b\nand <c>", None, "after", "none", "val_accuracy", "higher")
    data = study_of_arms(DATA.specs, ARMS, claims=[claim])
    assert "| a \\| b and <c> |" in document(data, QUESTION, "md").decode()
    assert "<c>" not in document(data, QUESTION, "html").decode()
