"""Metrics, diagnostics and events of a job, as a worker writes them."""

import threading
import time
from typing import Any

import httpx
from httpx_sse import connect_sse

from service.store.leases import Lease
from tests.support.played_worker import PlayedWorker


def submit(http: httpx.Client) -> dict[str, Any]:
    job: dict[str, Any] = http.post("/v1/jobs", json={"dataset": "circles"}).json()
    return job


def test_metrics_in_columns_and_as_csv(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    assert http.get(f"/v1/jobs/{job_id}/metrics").json()["epoch"] == []
    lease = worker.claim()
    worker.epoch(lease, 1)
    worker.epoch(lease, 2, loss=float("inf"))
    columns = http.get(f"/v1/jobs/{job_id}/metrics").json()
    assert list(columns) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate"]
    assert (columns["epoch"], columns["loss"]) == ([1, 2], [0.5, "Infinity"])
    newer = http.get(f"/v1/jobs/{job_id}/metrics", params={"after": 1}).json()
    assert newer == {name: values[1:] for name, values in columns.items()}
    text = http.get(f"/v1/jobs/{job_id}/metrics", params={"format": "csv"})
    assert text.headers["content-type"].startswith("text/csv")
    assert text.text.splitlines() == [
        "epoch,loss,accuracy,val_loss,val_accuracy,seconds,learning_rate",
        "1,0.5,0.8,0.4,0.9,0.1,0.01",
        "2,Infinity,0.8,0.4,0.9,0.1,0.01",
    ]


def test_the_training_rows_of_every_epoch_have_columns_where_they_were_asked_for(
    http: httpx.Client, worker: PlayedWorker
) -> None:
    job_id = http.post("/v1/jobs", json={"dataset": "circles", "evaluate_training": "epochs"}).json()["id"]
    worker.epoch(worker.claim(), 1, train_loss=float("nan"), train_accuracy=0.7)
    columns = http.get(f"/v1/jobs/{job_id}/metrics").json()
    assert list(columns)[-2:] == ["train_loss", "train_accuracy"]
    assert (columns["train_loss"], columns["train_accuracy"]) == (["NaN"], [0.7])
    text = http.get(f"/v1/jobs/{job_id}/metrics", params={"format": "csv"}).text
    assert text.splitlines()[0].endswith("learning_rate,train_loss,train_accuracy")
    [epoch] = [data for _, kind, data in events(http, job_id, most=3) if kind == "epoch"]
    assert epoch["train_accuracy"] == 0.7


def events(http: httpx.Client, job_id: str, after: int = 0, most: int = 100) -> list[tuple[int, str, Any]]:
    found: list[tuple[int, str, Any]] = []
    headers = {"Last-Event-ID": str(after)}
    with connect_sse(http, "GET", f"/v1/jobs/{job_id}/events", headers=headers) as source:
        for event in source.iter_sse():
            found.append((int(event.id), event.event, event.json()))
            if len(found) == most:
                break
    return found


def finish(worker: PlayedWorker, lease: Lease) -> None:
    worker.epoch(lease, 1)
    time.sleep(0.3)
    worker.epoch(lease, 2, loss=float("nan"))
    worker.succeed(lease)


def test_events_come_live_and_end_with_done(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    lease = worker.claim()
    thread = threading.Thread(target=finish, args=(worker, lease))
    thread.start()
    found = events(http, job_id)
    thread.join()
    assert [kind for _, kind, _ in found] == ["status", "status", "epoch", "epoch", "status", "done"]
    assert [data["status"] for _, kind, data in found if kind == "status"] == ["queued", "running", "succeeded"]
    assert found[3][2]["loss"] == "NaN"
    assert found[-1][2]["id"] == job_id


def test_last_event_id_goes_on_without_loss(http: httpx.Client, worker: PlayedWorker) -> None:
    job_id = submit(http)["id"]
    lease = worker.claim()
    finish(worker, lease)
    everything = events(http, job_id)
    for cut in range(len(everything)):
        first = events(http, job_id, most=cut) if cut else []
        after = first[-1][0] if first else 0
        assert (first + events(http, job_id, after=after))[: len(everything)] == everything


def seen(mean_gap: float, gradient_norm: float) -> dict[str, Any]:
    modes = {"training_mode_accuracy": 0.9, "inference_mode_accuracy": 0.5}
    normalization = {
        "name": "batch_normalization_1", "kind": "batch_normalization", "mean_gap": mean_gap, "gamma_min": None,
    }  # fmt: skip
    hidden = {"name": "dense_1", "kind": "dense", "gradient_norm": gradient_norm, "saturated_share": None}
    return {**modes, "layers": [hidden, normalization]}


def test_diagnostics_in_columns_of_what_each_layer_has(http: httpx.Client, worker: PlayedWorker) -> None:
    path = f"/v1/jobs/{submit(http)['id']}/diagnostics"
    assert http.get(path).json() == {"epoch": [], "layers": []}
    lease = worker.claim()
    worker.epoch(lease, 1, diagnosis=seen(0.4, 1.5))
    worker.epoch(lease, 2)
    worker.epoch(lease, 3, diagnosis=seen(0.1, float("nan")))
    assert http.get(path).json() == {
        "epoch": [1, 3],
        "training_mode_accuracy": [0.9, 0.9],
        "inference_mode_accuracy": [0.5, 0.5],
        "layers": [
            {"name": "dense_1", "kind": "dense", "gradient_norm": [1.5, "NaN"]},
            {"name": "batch_normalization_1", "kind": "batch_normalization", "mean_gap": [0.4, 0.1]},
        ],
    }
