import pytest

from service.dashboard.parts import formatting


@pytest.mark.parametrize(
    ("of", "text"),
    [
        ({"final": 0.845, "low": 0.841, "high": 0.849}, "0.845 (0.841 to 0.849)"),
        ({"final": 0.845, "low": None, "high": 0.849}, "0.845"),
        ({"final": 12.0}, "12"),
        ({"final": "NaN"}, "NaN"),
        ({"final": None}, "none"),
        ({}, "none"),
    ],
)
def test_an_estimate_is_read_with_its_interval(of: dict[str, object], text: str) -> None:
    assert formatting.estimate(of, "final", "none") == text


@pytest.mark.parametrize(("value", "text"), [(None, ""), (0.98765, "0.988"), (1, "1.000"), ("NaN", "NaN")])
def test_accuracies_have_three_digits(value: object, text: str) -> None:
    assert formatting.accuracy(value) == text


def test_validation_rows_are_apart_where_they_came_off_the_training_rows() -> None:
    assert formatting.validates_apart({"dataset": {"validation_fraction": 0.2}})
    assert not formatting.validates_apart({"dataset": {"validation_fraction": 0.0}})
    assert not formatting.validates_apart({"dataset": {}})  # of a job from before there was any


@pytest.mark.parametrize(("p", "text"), [(None, ""), (0.0004, "< 0.001"), (0.0312, "0.031")])
def test_p_values(p: float | None, text: str) -> None:
    assert formatting.p_value(p) == text


def test_a_diverged_job_says_when() -> None:
    assert formatting.status_of({"status": "succeeded", "result": {"diverged_at_epoch": 3}}) == "diverged at 3"
    assert formatting.status_of({"status": "queued", "result": None}) == "queued"
