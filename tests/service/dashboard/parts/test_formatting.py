import pytest

from service.dashboard.parts import formatting


@pytest.mark.parametrize(("value", "text"), [(None, ""), (0.98765, "0.988"), (1, "1.000"), ("NaN", "NaN")])
def test_accuracies_have_three_digits(value: object, text: str) -> None:
    assert formatting.accuracy(value) == text


def test_validation_rows_are_apart_where_they_came_off_the_training_rows() -> None:
    assert formatting.validates_apart({"dataset": {"validation_fraction": 0.2}})
    assert not formatting.validates_apart({"dataset": {"validation_fraction": 0.0}})
    assert not formatting.validates_apart({"dataset": {}})  # of a job from before there was any


def test_a_diverged_job_says_when() -> None:
    assert formatting.status_of({"status": "succeeded", "result": {"diverged_at_epoch": 3}}) == "diverged at 3"
    assert formatting.status_of({"status": "queued", "result": None}) == "queued"
