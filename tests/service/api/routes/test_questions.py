"""What a comparison and a report may be asked, and what is refused with the words of what there is."""

from typing import Any

import httpx
import pytest

from tests.support.played_worker import PlayedWorker

GRID = {"batch_norm.placement": ["none", "after_activation"], "learning_rate": [0.1, 0.01], "epochs": [3]}
BASE = {"dataset": "circles", "epochs": 3}


def create(http: httpx.Client, **fields: Any) -> str:
    response = http.post("/v1/studies", json={"base": BASE, "grid": GRID, "seeds": 4, **fields})
    assert response.status_code == 202, response.text
    study_id: str = response.json()["id"]
    return study_id


def asked(http: httpx.Client, study_id: str, **question: Any) -> dict[str, Any]:
    response = http.get(f"/v1/studies/{study_id}/comparison", params=question)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def run(worker: PlayedWorker, count: int) -> None:
    """A run with batch normalization ends a tenth better at the large learning rate, and the same at the small one."""
    for i in range(count):
        lease = worker.claim()
        better = lease.spec["batch_norm"]["placement"] == "after_activation" and lease.spec["learning_rate"] == 0.1
        for epoch in (1, 2, 3):
            accuracy = 0.7 + 0.05 * epoch + (0.1 if better else 0.0) + 0.001 * (i % 5)
            measured: dict[str, Any] = {"val_accuracy": accuracy, "val_loss": 1 - accuracy}
            worker.epoch(lease, epoch, **measured)
        worker.succeed(lease, final=measured)


@pytest.mark.parametrize(
    ("question", "place", "told"),
    [
        ({"metric": "f1"}, "metric", "it has loss, accuracy, val_loss, val_accuracy"),
        ({"metric": "test_accuracy"}, "metric", "do not record 'test_accuracy'"),
        ({"metric": "seconds"}, "metric", "do not record 'seconds'"),
        ({"metric": "val_loss", "threshold": "nan"}, "threshold", ""),
        ({"threshold": "inf"}, "threshold", ""),
        ({"threshold": "80"}, "threshold", "between 0 and 1"),
        ({"metric": "train_accuracy", "threshold": "0.5"}, "threshold", "'evaluate_training': 'epochs'"),
        ({"metric": "accuracy_gap", "threshold": "0.5"}, "threshold", "end of a run only"),
        ({"margin": "-0.1"}, "margin", ""),
        ({"margin": "inf"}, "margin", ""),
        ({"ratio_margin": "1"}, "ratio_margin", ""),
        ({"confidence": "1"}, "confidence", ""),
        ({"tune": "momentum"}, "tune", "its arms differ in batch_norm.placement, learning_rate"),
        ({"tune": "epochs"}, "tune", "do not differ in 'epochs'"),
        ({"interaction": "optimizer.rate"}, "interaction", "its arms differ in batch_norm.placement, learning_rate"),
        ({"interactions": "learning_rate"}, "interactions", "it takes confidence"),
    ],
)
def test_what_cannot_be_answered_is_named(http: httpx.Client, question: dict[str, str], place: str, told: str) -> None:
    study_id = create(http)
    for what in ("comparison", "report"):
        response = http.get(f"/v1/studies/{study_id}/{what}", params=question)
        assert response.status_code == 422, response.text
        [error] = response.json()["errors"]
        assert error["loc"] == ["query", place]
        assert told in error["msg"]


def test_the_last_part_of_a_path_will_do_where_it_is_of_one(http: httpx.Client) -> None:
    study_id = create(http, grid={"optimizer.momentum": [0.5, 0.9], "batch_norm.momentum": [0.9, 0.99]})
    assert asked(http, study_id, tune="optimizer.momentum")["tune"] == "optimizer.momentum"
    refused = http.get(f"/v1/studies/{study_id}/comparison", params={"tune": "momentum"})
    assert "may be optimizer.momentum or batch_norm.momentum" in refused.json()["detail"]
    placements = create(http, grid={"batch_norm.placement": ["none", "after_activation"]})
    assert asked(http, placements, tune="placement")["tune"] == "batch_norm.placement"


@pytest.mark.slow
def test_one_study_answers_several_questions(http: httpx.Client, worker: PlayedWorker) -> None:
    study_id = create(http)
    run(worker, 16)
    first = asked(http, study_id)
    assert (first["metric"], first["threshold"], first["interactions"], first["tuned"]) == ("val_accuracy", 0.8, [], [])
    loss = asked(http, study_id, metric="val_loss", margin=0.01)
    assert (loss["metric"], loss["threshold"], loss["margin"]) == ("val_loss", None, 0.01)
    assert loss["arms"][2]["against_baseline"]["final"]["difference"] == pytest.approx(-0.1, abs=0.01)
    assert loss["arms"][2]["against_baseline"]["final"]["equivalent"]["margin"] == 0.01
    assert asked(http, study_id, metric="val_loss", threshold=5.5)["threshold"] == 5.5
    more = asked(http, study_id, interaction="learning_rate", tune="learning_rate", confidence=0.9)
    assert (more["interaction"], more["tune"], more["confidence"]) == ("learning_rate", "learning_rate", 0.9)
    [change] = more["interactions"]
    assert (change["path"], change["from"], change["to"]) == ("learning_rate", 0.1, 0.01)
    assert change["difference"] == pytest.approx(-0.1, abs=0.01)
    assert [one["label"][:14] for one in more["tuned"]] == ["placement=none", "placement=afte"]
    assert more["conditions"]["selected_on_test"]  # the test rows validate, and so they choose


def test_validation_rows_apart_make_the_test_rows_what_is_asked_about(http: httpx.Client) -> None:
    base = {**BASE, "dataset": {"name": "circles", "validation_fraction": 0.2}}
    for changes in ({"base": base}, {"grid": {"dataset.validation_fraction": [0.2, 0.3]}}):
        answer = asked(http, create(http, **changes))
        assert (answer["metric"], answer["threshold"]) == ("test_accuracy", 0.8)


def test_the_threshold_of_a_preset_is_its_own(http: httpx.Client) -> None:
    made = http.post("/v1/studies", json={"preset": "dlology-mnist-quick", "seeds": 1}).json()
    [own] = [preset for preset in http.get("/v1/presets").json() if preset["name"] == "dlology-mnist-quick"]
    assert asked(http, made["id"])["threshold"] == own["threshold"]
    assert asked(http, made["id"], metric="val_loss")["threshold"] is None
