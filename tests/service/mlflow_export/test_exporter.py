"""Against a real MLflow server: `make mlflow` installs one, apart; BNLAB_TEST_MLFLOW names another."""

import math
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.store import jobs
from tests.support.played_worker import METRICS, PlayedWorker
from tests.support.processes import ROOT, Client, bnlab, reserved_port, until, url_in

mlflow = pytest.importorskip("mlflow", reason="MLflow's client is not installed: pip install 'bnlab[mlflow]'")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # MLflow's own warnings are not ours


class Server:
    """An MLflow server on this port, started and stopped as the test wants."""

    def __init__(self, folder: Path, port: int) -> None:
        self.command = Path(os.environ.get("BNLAB_TEST_MLFLOW") or ROOT / ".venv-mlflow" / "bin" / "mlflow")
        if not self.command.is_file():
            pytest.skip(f"there is no MLflow server at {self.command}: make mlflow installs one")
        self.folder, self.port = folder, port
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.process is not None:
            return
        with (self.folder / "mlflow.log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    self.command, "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
                    "--backend-store-uri", f"sqlite:///{self.folder / 'mlflow.db'}",
                    "--artifacts-destination", str(self.folder / "artifacts"),
                ],
                stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            )  # fmt: skip
        until(self._answers, 120)

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)

    def runs(self) -> list[Any]:
        client = mlflow.MlflowClient(self.url)
        found = client.get_experiment_by_name("bnlab")
        return list(client.search_runs([found.experiment_id])) if found else []

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health").status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with reserved_port() as port:
        server = Server(tmp_path_factory.mktemp("mlflow"), port)
        mlflow.set_tracking_uri(server.url)
        yield server
        server.stop()


@pytest.fixture(scope="module")
def tracking(stopped: Server) -> Server:
    stopped.start()
    return stopped


def test_a_job_does_not_wait_for_a_server_that_is_down(stopped: Server, tmp_path: Path) -> None:
    """It is logged when the server is there, by a service that was started again meanwhile."""
    database, settings = f"sqlite:///{tmp_path / 'bnlab.db'}", {"slots": "1", "mlflow_tracking_uri": stopped.url}
    log = tmp_path / "log"

    def serving() -> Any:
        return bnlab("serve", log=log, database=database, **settings)

    with serving(), Client(base_url=url_in(log), timeout=320) as http:
        http.until_ready()
        job_id = http.submit(dataset="circles", epochs=3, name="waits", tags={"a": "b"})
        http.succeeded(job_id)
        until(lambda: "MLflow export" in log.read_text(), 120)
    stopped.start()
    assert stopped.runs() == []
    with serving():
        until(lambda: [run.info.status for run in stopped.runs()] == ["FINISHED"], 180)
    [run] = stopped.runs()
    assert run.data.tags["bnlab.job_id"] == job_id
    assert (run.info.run_name, run.data.tags["a"]) == ("waits", "b")
    assert run.data.params["batch_norm.placement"] == "after_activation"
    model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    assert model.predict(np.zeros((3, 2), np.float32))["output"].shape == (3, 1)


def test_params_metrics_by_epoch_tags_and_model(tracking: Server, database: Database, worker: PlayedWorker) -> None:
    from service.mlflow_export.exporter import Exporter  # MLflow may not be installed

    with database.write() as session:
        spec = TrainingSpec.model_validate({"dataset": "circles", "network": {"kind": "mlp", "hidden_units": [3, 4]}})
        job_id = jobs.submit(session, spec, name="played", tags={"color": "red"}, now=time.time()).id
    lease = worker.claim()
    worker.epoch(lease, 1, loss=0.7)
    worker.epoch(lease, 2, loss=float("nan"))
    worker.succeed(lease, final={"epoch": 2, "test_accuracy": 0.6, "test_loss": float("inf")})
    exporter = Exporter(database, tracking.url, time.time)
    assert exporter.step()
    assert not exporter.step()
    [run] = [run for run in tracking.runs() if run.data.tags["bnlab.job_id"] == job_id]
    assert (run.info.status, run.data.tags["color"]) == ("FINISHED", "red")
    assert run.data.params["network.hidden_units"] == "[3, 4]"
    client = mlflow.MlflowClient(tracking.url)
    losses = sorted(client.get_metric_history(run.info.run_id, "loss"), key=lambda metric: metric.step)
    assert [metric.step for metric in losses] == [1, 2]
    assert losses[0].value == 0.7
    assert math.isnan(losses[1].value)
    assert run.data.metrics["val_accuracy"] == METRICS["val_accuracy"]
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "test_accuracy")] == [(2, 0.6)]
    model = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    [given] = model.metadata.signature.inputs.inputs
    assert (given.name, given.shape, given.type) == ("input", (-1, 2), np.dtype(np.float32))
    predicted = model.predict(np.array([[0.1, 0.2]], np.float32))["output"]
    np.testing.assert_allclose(predicted, 1 / (1 + np.exp(-0.5)), rtol=1e-5)


def test_a_second_end_replaces_the_first(tracking: Server, database: Database, worker: PlayedWorker) -> None:
    from service.mlflow_export.exporter import Exporter  # MLflow may not be installed

    exporter = Exporter(database, tracking.url, time.time)
    with database.write() as session:
        job_id = jobs.submit(session, TrainingSpec.model_validate({"dataset": "moons"}), now=time.time()).id
    worker.fail(worker.claim())
    assert exporter.step()

    def status() -> list[str]:
        return [run.info.status for run in tracking.runs() if run.data.tags["bnlab.job_id"] == job_id]

    assert status() == ["FAILED"]
    with database.write() as session:
        jobs.retry(session, job_id, now=time.time())
    worker.succeed(worker.claim())
    assert exporter.step()
    assert status() == ["FINISHED"]
