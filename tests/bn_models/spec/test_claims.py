from typing import Any

import pytest
from pydantic import ValidationError

from bn_models.spec import TrainingSpec
from bn_models.spec.claims import OF_RUNS, Claim, check_claims, claimable
from bn_models.spec.settings import DesignError

CLAIM = {"text": "BN learns sooner", "arm": "a", "against": "b", "metric": "val_accuracy", "is": "higher"}
SPEC = TrainingSpec.model_validate({"dataset": "circles"})


def claim(**fields: Any) -> Claim:
    return Claim.model_validate({**CLAIM, **fields})


def test_a_claim_is_stored_as_it_was_sent() -> None:
    sent = {**CLAIM, "source": "a paper", "is": "equal", "margin": 0.005}
    assert Claim.model_validate(sent).model_dump(mode="json") == sent


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"is": "equal"}, ("margin",)),
        ({"is": "equal", "margin": 0}, ("margin",)),
        ({"is": "better"}, ("is",)),
        ({"text": ""}, ("text",)),
        ({"verdict": "supported"}, ("verdict",)),
    ],
)
def test_what_is_no_claim_is_refused_at_its_place(fields: dict[str, Any], loc: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        claim(**fields)
    assert [error["loc"] for error in refused.value.errors()] == [loc]


@pytest.mark.parametrize(
    ("fields", "loc", "message"),
    [
        ({"arm": "c"}, ["claims", 1, "arm"], "no arm 'c': arms are a; b"),
        ({"against": "c"}, ["claims", 1, "against"], "no arm 'c': arms are a; b"),
        ({"against": "a"}, ["claims", 1, "against"], "from itself"),
        (
            {"metric": "seconds"},
            ["claims", 1, "metric"],
            "no 'seconds': metrics are loss, accuracy, val_loss, .*spread",
        ),
        ({"metric": "test_accuracy"}, ["claims", 1, "metric"], "no 'test_accuracy'"),
    ],
)
def test_a_claim_is_about_arms_and_metrics_that_there_are(
    fields: dict[str, Any], loc: list[str | int], message: str
) -> None:
    check_claims([claim()], ["a", "b"], [SPEC, SPEC])
    with pytest.raises(DesignError, match=message) as refused:
        check_claims([claim(), claim(**fields)], ["a", "b"], [SPEC, SPEC])
    assert refused.value.loc == loc


def test_a_metric_is_recorded_by_both_arms() -> None:
    silent = SPEC.model_copy(update={"evaluate_training": "never"})
    check_claims([claim(metric="train_loss")], ["a", "b"], [SPEC, SPEC])
    with pytest.raises(DesignError, match="no 'train_loss'"):
        check_claims([claim(metric="train_loss")], ["a", "b"], [SPEC, silent])


def test_what_may_be_claimed_follows_from_the_spec() -> None:
    measured = ["loss", "accuracy", "val_loss", "val_accuracy"]
    train, test = ["train_loss", "train_accuracy"], ["test_loss", "test_accuracy"]
    assert claimable(SPEC) == [*measured, *train, "accuracy_gap", *OF_RUNS]
    apart = TrainingSpec.model_validate({"dataset": {"name": "circles", "validation_fraction": 0.2}})
    assert claimable(apart) == [*measured, *train, *test, "accuracy_gap", *OF_RUNS]
    assert claimable(SPEC.model_copy(update={"evaluate_training": "never"})) == [*measured, *OF_RUNS]
    uploaded = {
        "name": "own", "sha256": "0" * 64, "task": "regression", "row_shape": [2], "train_rows": 9, "test_rows": 3,
    }  # fmt: skip
    regression = TrainingSpec.model_validate({"dataset": uploaded})
    assert claimable(regression) == ["loss", "val_loss", "mae", "val_mae", "train_loss", "train_mae", *OF_RUNS]
