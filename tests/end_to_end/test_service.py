"""The whole service in its own processes: what users rely on, also when parts of it are killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import psutil
import pytest
from sqlalchemy import text

from service.database.engine import Database
from tests.support.processes import (
    DIGITS_CNN,
    ROOT,
    Client,
    bnlab,
    has_tensorflow,
    trainers,
    until,
    url_in,
    worker_of,
)

pytestmark = pytest.mark.slow


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[tuple[Client, psutil.Popen]]:
    """``bnlab serve`` with one trainer on the database of ``folder``."""
    log = folder / f"serve-{len([*folder.glob('serve-*.log')])}.log"
    settings = {"database": f"sqlite:///{folder / 'bnlab.db'}", "slots": "1", "checkpoint_seconds": "0.5", **settings}
    with (
        bnlab("serve", log=log, **settings) as process,
        Client(base_url=url_in(log), timeout=320) as http,
    ):
        http.until_ready()
        yield http, process


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, psutil.Popen]]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


def _runs_attempt(http: Client, process: psutil.Process, job_id: str, attempt: int) -> bool:
    return http.job(job_id)["attempt"] == attempt and bool(trainers(process))


def assert_unique_epochs(http: Client, job_id: str, epochs: int) -> None:
    assert http.get(f"/v1/jobs/{job_id}/metrics").json()["epoch"] == list(range(1, epochs + 1))


def test_submit_train_query_predict(service: tuple[Client, psutil.Popen], tmp_path: Path) -> None:
    http, _ = service
    job = http.succeeded(http.submit(dataset="circles", batch_norm="after_activation"))
    assert job["result"]["final"]["val_accuracy"] == pytest.approx(0.848, abs=0.03)
    assert (job["result"]["model"]["folded_layers"], job["result"]["model"]["kept_layers"]) == (1, 0)
    assert 0.5 <= job["result"]["largest_class_share"] < 0.6
    assert_unique_epochs(http, job["id"], 100)
    rows = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    answer = http.post(f"/v1/models/{job['id']}:predict", json={"instances": rows.tolist()}).json()
    path = tmp_path / "model.keras"
    path.write_bytes(http.get(f"/v1/jobs/{job['id']}/model", params={"format": "keras"}).content)
    original = keras.models.load_model(path)
    assert np.allclose(answer["predictions"], original(rows, training=False), atol=1e-5)


def test_what_happens_inside_changes_nothing(service: tuple[Client, psutil.Popen]) -> None:
    http, _ = service
    spec = {"dataset": "circles", "batch_norm": {"placement": "before_activation", "momentum": 0.9}, "epochs": 12}
    plain, seen = (http.succeeded(http.submit(**spec, diagnostics=asked)) for asked in (False, True))
    assert http.get(f"/v1/jobs/{plain['id']}/diagnostics").json() == {"epoch": [], "layers": []}
    found = http.get(f"/v1/jobs/{seen['id']}/diagnostics").json()
    assert found["epoch"] == list(range(1, 13))
    hidden, normalization = found["layers"]
    assert (hidden["name"], normalization["name"]) == ("dense_1", "batch_normalization_1")
    # At first a fifth of the variance is still the initial 1; the mean's initial 0 is right but for chance.
    assert normalization["variance_gap"][-1] < normalization["variance_gap"][0]
    assert all(len(column) == 12 for column in list(hidden.values())[2:])
    assert plain["result"]["model"]["sha256"] == seen["result"]["model"]["sha256"]


def test_a_diverged_run_succeeds_and_says_when(service: tuple[Client, psutil.Popen]) -> None:
    http, _ = service
    job = http.succeeded(
        http.submit(dataset="moons", batch_norm="none", activation="linear", learning_rate=1e5, epochs=20,
                    network={"kind": "mlp", "hidden_units": [50, 50, 50]})
    )  # fmt: skip
    epoch = job["result"]["diverged_at_epoch"]
    assert epoch is not None
    assert job["result"]["epochs_run"] == epoch
    assert job["result"]["final"]["loss"] in ("NaN", "Infinity")
    assert http.get(f"/v1/jobs/{job['id']}/metrics").json()["loss"][-1] in ("NaN", "Infinity")
    assert http.get(f"/v1/jobs/{job['id']}/model").status_code == 200


def test_a_dataset_that_cannot_be_had_fails_the_job_and_not_the_worker(service: tuple[Client, psutil.Popen]) -> None:
    http, process = service
    before = {trainer.pid for trainer in trainers(process)}
    job = http.job(http.submit(dataset="cifar10", network="cnn"), wait=60)
    assert job["status"] == "failed"
    assert job["error"]["type"] == "DatasetError"
    assert "BNLAB_DATA_DIR" in job["error"]["message"]
    assert "download" in job["error"]["message"]
    http.succeeded(http.submit(dataset="circles", epochs=1))
    assert {trainer.pid for trainer in trainers(process)} == before


def test_cancel_leaves_no_trainer_on_the_job(service: tuple[Client, psutil.Popen]) -> None:
    http, process = service
    until(lambda: len(trainers(process)) == 1)
    [trainer] = trainers(process)
    job_id = http.submit(**DIGITS_CNN, epochs=10_000)
    http.until_epoch(job_id, 1)
    assert http.post(f"/v1/jobs/{job_id}/cancel").json()["status"] == "cancelled"
    until(lambda: not trainer.is_running(), 20)  # its epochs would take minutes
    http.succeeded(http.submit(dataset="circles", epochs=1))
    assert http.job(job_id)["status"] == "cancelled"


def test_max_seconds_ends_attempts(service: tuple[Client, psutil.Popen]) -> None:
    http, _ = service
    job = http.job(http.submit(**DIGITS_CNN, epochs=100_000, max_seconds=0.5), wait=120)
    assert (job["status"], job["attempt"]) == ("failed", 3)
    assert job["error"]["type"] == "TimeLimitExceeded"


def test_a_job_that_always_crashes_its_trainer_fails_with_the_signal(service: tuple[Client, psutil.Popen]) -> None:
    http, process = service
    job_id = http.submit(**DIGITS_CNN, epochs=100_000)
    for attempt in (1, 2, 3):
        until(partial(_runs_attempt, http, process, job_id, attempt), 60)
        time.sleep(0.3)
        trainers(process)[0].send_signal(signal.SIGSEGV)
    job = http.job(job_id, wait=60)
    assert (job["status"], job["attempt"]) == ("failed", 3)
    assert "SIGSEGV" in job["error"]["message"]
    http.succeeded(http.submit(dataset="circles", epochs=1))


def test_an_end_by_a_signal_without_a_name_is_an_end_too(service: tuple[Client, psutil.Popen]) -> None:
    http, process = service
    http.succeeded(http.submit(dataset="circles", epochs=1))
    trainers(process)[0].send_signal(40)
    http.succeeded(http.submit(dataset="circles", epochs=1))


def test_a_worker_that_fails_is_replaced_with_its_trainers(tmp_path: Path) -> None:
    with serving(tmp_path) as (http, process):
        http.succeeded(http.submit(dataset="circles", epochs=1))
        worker, gone = worker_of(process), trainers(process)
        database = Database(f"sqlite:///{tmp_path / 'bnlab.db'}")
        with database.write() as session:  # what no worker expects: a job that cannot be read
            session.execute(text("UPDATE jobs SET status = 'queued', spec = 'damaged'"))
        until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, 20)
        until(lambda: not any(trainer.is_running() for trainer in gone), 5)
        with database.write() as session:
            session.execute(text("DELETE FROM jobs"))
        database.close()
        http.succeeded(http.submit(dataset="circles", epochs=1))


def test_a_damaged_entry_of_the_compiler_cache_costs_one_attempt(tmp_path: Path) -> None:
    spec: dict[str, Any] = {"dataset": "circles", "epochs": 1}
    cache = tmp_path / "xla"
    with serving(tmp_path, xla_cache_dir=str(cache)) as (http, _):
        http.succeeded(http.submit(**spec))
    for entry in cache.glob("*/*.pb"):
        entry.write_bytes(b"damaged")
        os.utime(entry, (1000, 1000))
    with serving(tmp_path, xla_cache_dir=str(cache)) as (http, _):
        assert http.succeeded(http.submit(**spec))["attempt"] == 2


def test_a_killed_trainer_costs_one_attempt(service: tuple[Client, psutil.Popen]) -> None:
    http, process = service
    job_id = http.submit(**DIGITS_CNN, epochs=30)
    http.until_epoch(job_id, 6)
    trainers(process)[0].kill()
    job = http.succeeded(job_id)
    assert job["attempt"] == 2
    assert_unique_epochs(http, job_id, 30)


def test_a_killed_worker_is_replaced_and_its_job_goes_on(tmp_path: Path) -> None:
    with serving(tmp_path, lease_seconds="2", checkpoint_seconds="0.01") as (http, process):
        job_id = http.submit(**DIGITS_CNN, epochs=40)
        http.until_epoch(job_id, 8)
        worker = worker_of(process)
        orphans = trainers(process)
        worker.kill()
        until(lambda: not any(orphan.is_running() for orphan in orphans), 5)
        job = http.succeeded(job_id)
        assert job["attempt"] == 2
        assert job["result"]["resumed_from"]
        assert_unique_epochs(http, job_id, 40)


def test_a_killed_service_goes_on_where_it_was(tmp_path: Path) -> None:
    with serving(tmp_path, checkpoint_seconds="0.01") as (http, process):
        job_id = http.submit(**DIGITS_CNN, epochs=40)
        http.until_epoch(job_id, 8)
        family = process.children(recursive=True)
        process.kill()
        process.wait()
        until(lambda: not any(child.is_running() for child in family), 15)
    with serving(tmp_path) as (http, _):
        job = http.succeeded(job_id)
        assert job["result"]["resumed_from"]
        assert_unique_epochs(http, job_id, 40)


def test_sigterm_gives_running_jobs_back_with_a_checkpoint(tmp_path: Path) -> None:
    with serving(tmp_path, checkpoint_seconds="1000", grace_seconds="60") as (http, process):
        job_id = http.submit(**DIGITS_CNN, epochs=100)
        http.until_epoch(job_id, 4)
        process.terminate()
        assert process.wait(90) == 0
    with serving(tmp_path) as (http, _):
        job = http.succeeded(job_id)
        assert job["attempt"] == 1
        assert job["result"]["resumed_from"][0] >= 4
        assert_unique_epochs(http, job_id, 100)


def test_200_jobs_from_8_clients_for_2_workers(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'bnlab.db'}"
    log = tmp_path / "log"
    with (
        bnlab("api", log=log, database=database),
        bnlab("worker", "--slots", "1", log=log, database=database),
        bnlab("worker", "--slots", "1", log=log, database=database),
        Client(base_url=url_in(log), timeout=120) as http,
    ):
        http.until_ready()
        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(lambda seed: http.submit(dataset="circles", epochs=2, seed=seed), range(200)))
        finished = [http.succeeded(job_id) for job_id in ids]
        assert len(set(ids)) == 200
        assert {job["attempt"] for job in finished} == {1}
        for job_id in ids[::20]:
            assert_unique_epochs(http, job_id, 2)


def test_the_api_process_is_small(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        bnlab("serve", log=log, database=f"sqlite:///{tmp_path / 'bnlab.db'}") as api,
        Client(base_url=url_in(log), timeout=60) as http,
    ):
        http.until_ready()
        job = http.succeeded(http.submit(dataset="circles", epochs=1))
        for _ in range(20):
            http.post(f"/v1/models/{job['id']}:predict", json={"instances": [[0.1, 0.2]] * 1000})
        assert not has_tensorflow(api)
        assert api.memory_info().rss < 200e6


@pytest.mark.parametrize(("placement", "learns"), [("before_activation", True), ("none", False)])
def test_the_published_mnist_cnn(tmp_path: Path, data_dir: Path, placement: str, learns: bool) -> None:
    """400 steps are enough to see it: sigmoid at learning rate 0.01 learns with batch normalization only.

    With momentum 0.5: that of 0.99 leaves the moving statistics behind the weights after so few steps. Over 16 seeds 41
    to 93 of 100 images are right then (plain Keras: 31 to 96), and 89 to 98 when rounding moves one seed's weights.
    With 0.5 it is 93 to 98 over 16 seeds.
    """
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    spec = (
        '{"dataset": "mnist", "network": "cnn", "activation": "sigmoid", "optimizer": "adam", "learning_rate": 0.01,'
        f' "batch_norm": {{"placement": "{placement}", "on_output": {str(learns).lower()}, "momentum": 0.5}},'
        ' "kernel_initializer": "glorot_uniform", "epochs": 1, "steps_per_epoch": 400, "shuffle": false}'
    )
    with serving(tmp_path, data_dir=str(data_dir), threads="2") as (http, _):
        url = f"{http.base_url}/v1/jobs"
        subprocess.run([curl, "-sf", "-H", "Content-Type: application/json", "-d", spec, url], check=True)
        job = http.succeeded(http.get("/v1/jobs").json()["data"][0]["id"])
        with np.load(data_dir / "mnist.npz", allow_pickle=False) as mnist:
            images, labels = mnist["x_test"][:100], mnist["y_test"][:100]
        answer = http.post(f"/v1/models/{job['id']}:predict", json={"instances": images.tolist()}).json()
        right = int(np.sum(np.argmax(answer["predictions"], axis=1) == labels))
        assert right >= 75 if learns else right < 30
        assert (job["result"]["final"]["accuracy"] >= 0.9) == learns


def test_the_demo_runs_and_agrees_with_what_was_published() -> None:
    run = subprocess.run(
        [sys.executable, "examples/demo.py"], capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "COLUMNS": "120", "PATH": ""}, cwd=ROOT,
    )  # fmt: skip
    rows = [line.split("│") for line in run.stdout.splitlines() if line.startswith("│")]
    assert len(rows) == 3, run.stdout
    for row in rows:
        train, published_train, test, published_test = (float(cell) for cell in row[2:6])
        assert train == pytest.approx(published_train, abs=0.03)
        assert test == pytest.approx(published_test, abs=0.03)
    assert ":predict" in run.stdout
