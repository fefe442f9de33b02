import pytest

from bn_models.statistics.question import Question


@pytest.mark.parametrize(
    ("metric", "curve", "lower"),
    [
        ("val_accuracy", "val_accuracy", False),
        ("test_accuracy", "val_accuracy", False),
        ("test_loss", "val_loss", True),
        ("val_mae", "val_mae", True),
        ("Perplexity", "Perplexity", True),
        ("accuracy_gap", None, True),
    ],
)
def test_a_metrics_name_says_where_it_is_measured_and_what_is_better(
    metric: str, curve: str | None, lower: bool
) -> None:
    question = Question(metric)
    assert (question.curve, question.lower_is_better) == (curve, lower)


def test_what_is_said_goes_before_the_name_for_this_metric_and_its_curve_alone() -> None:
    question = Question("test_elbo_loss", better="higher")
    assert not question.lower_is_better
    assert not question.is_lower_better("val_elbo_loss")
    assert question.is_lower_better("val_loss")
