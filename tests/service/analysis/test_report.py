"""A study's comparison and its report in words, without processes and databases."""

import orjson
import pytest

from bn_models.statistics.question import Question
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
