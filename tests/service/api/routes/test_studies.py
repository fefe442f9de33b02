import json
from typing import Any

import httpx
import pytest

from service.presets.catalog import presets
from tests.support.played_worker import METRICS, PlayedWorker

STUDY = {
    "name": "placements",
    "base": {"dataset": "circles", "epochs": 3},
    "grid": {"batch_norm.placement": ["none", "after_activation"]},
    "seeds": 4,
    "baseline": {"batch_norm.placement": "none"},
}

CLAIM = {
    "text": "it ends higher", "source": "a paper", "arm": "placement=after_activation", "against": "placement=none",
    "metric": "val_accuracy", "is": "higher", "margin": None,
}  # fmt: skip


def create(http: httpx.Client, **fields: object) -> dict[str, object]:
    response = http.post("/v1/studies", json={**STUDY, **fields})
    assert response.status_code == 202, response.text
    assert response.headers["Location"] == f"/v1/studies/{response.json()['id']}"
    study: dict[str, object] = response.json()
    return study


def run(worker: PlayedWorker, count: int) -> None:
    """Runs with batch normalization end a tenth better and reach 0.8 an epoch sooner."""
    for i in range(count):
        lease = worker.claim()
        better = lease.spec["batch_norm"]["placement"] == "after_activation"
        noise = 0.001 * (i % 5)
        for epoch in (1, 2, 3):
            accuracy = 0.7 + 0.05 * epoch + (0.1 if better else 0.0) + noise
            worker.epoch(lease, epoch, val_accuracy=accuracy, loss=float("nan") if i == 0 else METRICS["loss"])
        worker.succeed(lease, final={"val_accuracy": accuracy})


def test_the_shape_of_a_study(http: httpx.Client) -> None:
    study = create(http, tags={"course": "dl"})
    assert study["status"] == "running"
    assert study["counts"] == {"queued": 8, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0}
    assert study["progress"] == {"fraction": 0.0}
    arms = study["arms"]
    assert isinstance(arms, list)
    assert [(arm["label"], len(arm["jobs"])) for arm in arms] == [
        ("placement=none", 4), ("placement=after_activation", 4),
    ]  # fmt: skip
    assert http.get(f"/v1/studies/{study['id']}").json() == study
    assert [item["id"] for item in http.get("/v1/studies").json()["data"]] == [study["id"]]
    listed = http.get("/v1/jobs", params={"study": str(study["id"])}).json()["data"]
    assert {job["id"] for job in listed} == {job for arm in arms for job in arm["jobs"]}


@pytest.mark.slow
def test_a_comparison_says_what_was_found(http: httpx.Client, worker: PlayedWorker) -> None:
    study = create(http)
    run(worker, 8)
    comparison = http.get(f"/v1/studies/{study['id']}/comparison", params={"threshold": 0.84}).json()
    assert (comparison["threshold"], comparison["partial"]) == (0.84, False)
    assert (comparison["metric"], comparison["confidence"]) == ("val_accuracy", 0.95)
    none, after = comparison["arms"]
    assert (none["runs"], none["against_baseline"]) == (4, None)
    assert after["against_baseline"]["final"]["difference"] == pytest.approx(0.1, abs=0.005)
    assert none["epochs_to_threshold"]["median"] == 3
    assert after["epochs_to_threshold"]["median"] == 1
    assert after["curves"]["epoch"] == [1, 2, 3]
    assert after["finding"]


@pytest.mark.parametrize("threshold", ["nan", "80", "-1", "x"])
def test_a_threshold_is_an_accuracy(http: httpx.Client, threshold: str) -> None:
    study = create(http)
    for what in ("comparison", "report"):
        assert http.get(f"/v1/studies/{study['id']}/{what}", params={"threshold": threshold}).status_code == 422


@pytest.mark.slow
def test_a_comparison_of_what_has_ended_so_far(http: httpx.Client, worker: PlayedWorker) -> None:
    study = create(http)
    comparison = http.get(f"/v1/studies/{study['id']}/comparison").json()
    assert (comparison["partial"], [arm["runs"] for arm in comparison["arms"]]) == (True, [0, 0])
    run(worker, 4)
    comparison = http.get(f"/v1/studies/{study['id']}/comparison").json()
    assert (comparison["partial"], [arm["runs"] for arm in comparison["arms"]]) == (True, [2, 2])


def test_reports(http: httpx.Client, worker: PlayedWorker) -> None:
    study = create(http, name="<b>bold</b>")
    run(worker, 8)
    path = f"/v1/studies/{study['id']}/report"
    html = http.get(path)
    assert html.headers["content-type"].startswith("text/html")
    assert "placement=after_activation" in html.text
    assert "<b>bold</b>" not in html.text
    assert 'src="http' not in html.text  # self-contained
    markdown = http.get(path, params={"format": "md"}).text
    assert "| placement=none | 4 |" in markdown
    rows = http.get(path, params={"format": "csv"}).text.splitlines()
    assert rows[0].startswith("arm,batch_norm.placement,seed,epoch,")
    assert len(rows) == 1 + 8 * 3
    assert http.get(path, params={"format": "png"}).content.startswith(b"\x89PNG")
    assert http.get(path, params={"format": "pdf"}).status_code == 422


def test_a_report_draws_what_runs_saw_inside(http: httpx.Client, worker: PlayedWorker) -> None:
    study = create(http)
    path, drawn = f"/v1/studies/{study['id']}/report", "accuracy in training mode minus in inference mode"
    lease = worker.claim()
    worker.epoch(lease, 1)
    worker.succeed(lease)
    assert drawn not in http.get(path).text
    lease = worker.claim()
    worker.epoch(lease, 1, diagnosis={"training_mode_accuracy": 0.9, "inference_mode_accuracy": 0.5, "layers": []})
    worker.succeed(lease)
    assert drawn in http.get(path).text


def test_reports_of_a_study_without_results(http: httpx.Client) -> None:
    study = create(http)
    for format in ("html", "md", "csv", "png"):
        assert http.get(f"/v1/studies/{study['id']}/report", params={"format": format}).status_code == 200


def test_a_report_counts_the_runs_that_were_cancelled(http: httpx.Client, worker: PlayedWorker) -> None:
    study = create(http, base={"dataset": "circles", "epochs": 3, "steps_per_epoch": 20})
    run(worker, 4)
    reports = [f"/v1/studies/{study['id']}/report?format={format}" for format in ("html", "md")]
    assert all("runs were cancelled" not in http.get(report).text for report in reports)
    http.post(f"/v1/studies/{study['id']}/cancel")
    for report in reports:
        text = http.get(report).text
        assert "4 of the study's runs were cancelled" in text
        assert "An epoch is 20 steps here" in text


def test_growing_cancelling_and_deleting(http: httpx.Client) -> None:
    path = f"/v1/studies/{create(http)['id']}"
    grown = http.patch(path, json={"seeds": 6})
    assert (grown.status_code, grown.json()["seeds"], grown.json()["counts"]["queued"]) == (202, 6, 12)
    assert http.patch(path, json={"seeds": 6}).status_code == 409
    assert http.delete(path).status_code == 409
    assert http.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert http.post(f"{path}/cancel").status_code == 409
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == http.get(f"{path}/comparison").status_code == 404
    assert http.get("/v1/jobs").json()["data"] == []


def test_settings_that_move_together(http: httpx.Client) -> None:
    batches = [{"batch_size": 8, "learning_rate": 0.0025}, {"batch_size": 64, "learning_rate": 0.02}]
    study = create(http, arms=batches, seeds=1)
    assert study["given_arms"] == batches
    arms = study["arms"]
    assert isinstance(arms, list)
    assert [arm["label"] for arm in arms] == [
        f"batch_size={size}, learning_rate={rate}, placement={placement}"
        for size, rate in ((8, 0.0025), (64, 0.02)) for placement in ("none", "after_activation")
    ]  # fmt: skip
    specs = [http.get(f"/v1/jobs/{arm['jobs'][0]}").json()["spec"] for arm in arms]
    assert [(spec["batch_size"], spec["learning_rate"]) for spec in specs] == [(8, 0.0025)] * 2 + [(64, 0.02)] * 2
    assert [row["against_baseline"] is None for row in comparison_of(http, study)["arms"]] == [True, False] * 2


def comparison_of(http: httpx.Client, study: dict[str, object]) -> dict[str, Any]:
    answer = http.get(f"/v1/studies/{study['id']}/comparison")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_looks_and_claims_are_fixed_before_the_first_run(http: httpx.Client) -> None:
    study = create(http, looks=[2, 4], seeds=None, claims=[CLAIM])
    assert (study["looks"], study["seeds"], study["sizes"], study["claims"]) == ([2, 4], 4, [4], [CLAIM])
    for field, value in (("claims", []), ("claims", [CLAIM]), ("looks", [3, 6])):
        refused = http.patch(f"/v1/studies/{study['id']}", json={"seeds": 6, field: value})
        assert (refused.status_code, refused.json()["errors"][0]["loc"]) == (422, ["body", field])
        assert "is fixed since the study was created" in refused.text
    grown = http.patch(f"/v1/studies/{study['id']}", json={"seeds": 6}).json()
    assert (grown["looks"], grown["seeds"], grown["sizes"], grown["claims"]) == ([2, 4], 6, [4, 6], [CLAIM])
    assert http.get(f"/v1/studies/{study['id']}").json() == grown


def test_a_wrong_claim_is_told_what_there_is(http: httpx.Client) -> None:
    wrong = [{**CLAIM, "arm": "BN"}, {**CLAIM, "metric": "top1"}]
    arm, metric = (http.post("/v1/studies", json={**STUDY, "claims": [one]}).json()["detail"] for one in wrong)
    assert "arms are placement=none; placement=after_activation" in arm
    assert "metrics are loss, accuracy, val_loss, val_accuracy, train_loss, train_accuracy, accuracy_gap" in metric


@pytest.mark.slow
def test_a_comparison_is_of_the_last_planned_look_that_is_complete(http: httpx.Client, worker: PlayedWorker) -> None:
    study, seen = create(http, looks=[2, 4]), []
    for runs in (3, 2, 3):
        run(worker, runs)
        seen.append([arm["runs"] for arm in comparison_of(http, study)["arms"]])
    assert seen == [[2, 1], [2, 2], [4, 4]]


def test_an_idempotency_key_makes_one_study(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    first, second = (http.post("/v1/studies", json=STUDY, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert http.post("/v1/studies", json={**STUDY, "seeds": 5}, headers=headers).status_code == 422
    assert http.post("/v1/jobs", json={"dataset": "circles"}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"grid": {"learning_rate": [-1]}}, ["body", "grid", "learning_rate"]),
        ({"grid": {"epochs": [1], "optimizer.momentum": [0.9, 7]}}, ["body", "grid", "optimizer.momentum"]),
        ({"grid": {"x": [1]}}, ["body", "grid", "x"]),
        ({"grid": {"learning_rate": []}}, ["body", "grid", "learning_rate"]),
        ({"baseline": {"batch_norm.placement": "before_activation"}}, ["body", "baseline", "batch_norm.placement"]),
        ({"seeds": 10_000}, ["body", "grid"]),
        ({"grid": {name: list(range(1000)) for name in ("a", "b", "c", "d")}}, ["body", "grid"]),
        ({"seeds": 0}, ["body", "seeds"]),
        ({"base": {"dataset": "nope"}}, ["body", "base", "dataset"]),
        ({"preset": "brownlee-circles"}, ["body"]),
        ({"arms": [{"epochs": 1}, {"epochs": 0}]}, ["body", "arms", 1, "epochs"]),
        ({"arms": [{"epochs": 1}, {"x": 0}]}, ["body", "arms", 1, "x"]),
        ({"arms": [{"epochs": 1}, {"epochs": 1}]}, ["body", "arms"]),
        ({"arms": [{"epochs": 1}] * 1001}, ["body", "arms"]),
        ({"arms": [1]}, ["body", "arms", 0]),
        ({"arms": [{"epochs": 1}], "baseline": {"epochs": 2}}, ["body", "baseline", "epochs"]),
        ({"arms": [{"batch_norm.placement": "\ud800"}], "grid": None}, ["body", "arms", 0, "batch_norm.placement"]),
        ({"looks": [2, 5]}, ["body", "looks"]),
        ({"looks": [4]}, ["body", "looks"]),
        ({"looks": [3, 2, 4]}, ["body", "looks"]),
        ({"looks": [0, 4]}, ["body", "looks", 0]),
        ({"claims": [{**CLAIM, "arm": "BN"}]}, ["body", "claims", 0, "arm"]),
        ({"claims": [CLAIM, {**CLAIM, "against": "base"}]}, ["body", "claims", 1, "against"]),
        ({"claims": [{**CLAIM, "metric": "test_accuracy"}]}, ["body", "claims", 0, "metric"]),
        ({"claims": [{**CLAIM, "is": "equal"}]}, ["body", "claims", 0, "margin"]),
        ({"claims": [{**CLAIM, "verdict": "supported"}]}, ["body", "claims", 0, "verdict"]),
        ({"claims": [CLAIM] * 201}, ["body", "claims"]),
    ],
)
def test_what_is_wrong_is_named(http: httpx.Client, fields: dict[str, object], loc: list[str | int]) -> None:
    body = json.dumps({**STUDY, **fields})  # in ASCII, as half a surrogate pair has to be
    response = http.post("/v1/studies", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == loc
    assert http.get("/v1/studies").json()["data"] == []


def test_presets(http: httpx.Client) -> None:
    listed = http.get("/v1/presets").json()
    assert {preset["name"] for preset in listed} == set(presets())
    made = http.post("/v1/studies", json={"preset": "brownlee-circles", "seeds": 2})
    assert (made.status_code, made.json()["counts"]["queued"]) == (202, 6)
    looked_at = http.post("/v1/studies", json={"preset": "brownlee-circles", "looks": [2, 3], "claims": [CLAIM]}).json()
    assert (looked_at["seeds"], looked_at["looks"], looked_at["claims"]) == (3, [2, 3], [CLAIM])
    unknown = http.post("/v1/studies", json={"preset": "nope"})
    assert (unknown.status_code, "brownlee-circles" in unknown.json()["detail"]) == (404, True)
