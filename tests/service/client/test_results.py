import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from numpy.typing import ArrayLike, NDArray

from service.client import BNLab
from service.client.results import Results
from tests.support.played_worker import METRICS, PlayedWorker
from tests.support.processes import ROOT


@pytest.fixture
def results(server: str, worker: PlayedWorker) -> Iterator[Results]:
    with BNLab(server) as lab:
        job = lab.submit({"dataset": "circles"})
        lease = worker.claim()
        worker.epoch(lease, 1)
        worker.epoch(lease, 2, loss=float("nan"), val_loss=float("inf"))
        worker.succeed(lease)
        yield lab.results(job["id"])


def test_metrics_are_a_table_by_epoch(results: Results) -> None:
    table = results.metrics()
    assert isinstance(table, pd.DataFrame)
    assert table.index.tolist() == [1, 2]
    assert table.loc[1].to_dict() == METRICS
    assert np.isnan(table.loc[2, "loss"])
    assert np.isinf(table.loc[2, "val_loss"])


@pytest.fixture
def looked_into(server: str, worker: PlayedWorker) -> Iterator[Results]:
    """A job with two layers that have different quantities."""
    with BNLab(server) as lab:
        job = lab.submit({"dataset": "circles"})
        hidden = {"name": "dense_1", "kind": "dense", "gradient_norm": float("nan"), "dead_share": 0.5}
        normalization = {"name": "batch_normalization_1", "kind": "batch_normalization", "mean_gap": 0.25}
        lease = worker.claim()
        for epoch in (1, 2):
            worker.epoch(lease, epoch, diagnosis={"layers": [hidden, normalization]})
        yield lab.results(job["id"])


def test_diagnostics_are_a_table_by_epoch_and_layer(looked_into: Results) -> None:
    table = looked_into.diagnostics()
    assert table.index.tolist() == [
        (epoch, name) for epoch in (1, 2) for name in ("batch_normalization_1", "dense_1")
    ]  # fmt: skip
    assert set(table.columns) == {"kind", "gradient_norm", "dead_share", "mean_gap"}
    assert table["kind"].tolist() == 2 * ["batch_normalization", "dense"]
    assert table.loc[(1, "dense_1"), "dead_share"] == 0.5
    assert np.isnan(table.loc[(1, "dense_1"), ["gradient_norm", "mean_gap"]].astype(float)).all()
    assert table.loc[(1, "batch_normalization_1"), "mean_gap"] == 0.25


def without_pandas(server: str, results: Results, statements: str) -> None:
    """Runs ``statements`` with ``results`` where pandas is not installed."""
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "import numpy as np\n"
        "from service.client import BNLab\n"
        f"with BNLab({server!r}) as lab:\n"
        f"    results = lab.results({results.job_id!r})\n"
    )
    subprocess.run([sys.executable, "-c", code + statements], check=True, cwd=ROOT)


def test_without_pandas_metrics_are_arrays(server: str, results: Results) -> None:
    statements = (
        "    columns = results.metrics()\n"
        "assert columns['epoch'].tolist() == [1, 2] and columns['accuracy'].tolist() == [0.8, 0.8], columns"
    )
    without_pandas(server, results, statements)


def test_without_pandas_diagnostics_are_arrays(server: str, looked_into: Results) -> None:
    statements = (
        "    columns = results.diagnostics()\n"
        "assert columns['epoch'].tolist() == [1, 2, 1, 2], columns\n"
        "assert columns['name'].tolist() == ['dense_1'] * 2 + ['batch_normalization_1'] * 2, columns\n"
        "assert columns['kind'].tolist() == ['dense'] * 2 + ['batch_normalization'] * 2, columns\n"
        "np.testing.assert_array_equal(columns['dead_share'], [0.5, 0.5, np.nan, np.nan])\n"
        "np.testing.assert_array_equal(columns['mean_gap'], [np.nan, np.nan, 0.25, 0.25])\n"
        "assert np.isnan(columns['gradient_norm']).all()"
    )
    without_pandas(server, looked_into, statements)


def test_without_diagnostics_their_table_is_empty(results: Results) -> None:
    assert results.diagnostics().empty


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_predictions_are_arrays_in_and_out(results: Results, dtype: type) -> None:
    rows: NDArray[Any] = np.array([[1, 2], [0, 0], [-1, 0]], dtype)
    predicted = results.predict(rows)
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted, 1 / (1 + np.exp(-(rows @ [[1.0], [2.0]]))), rtol=1e-5)


def test_the_onnx_model_is_the_stored_one(results: Results) -> None:
    session = onnxruntime.InferenceSession(results.onnx())
    [[[value]]] = session.run(None, {"input": np.zeros((1, 2), np.float32)})
    assert value == 0.5


@pytest.mark.slow
def test_the_keras_model_goes_on_in_keras(tmp_path: Path) -> None:
    original = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.BatchNormalization()])
    original.compile("sgd", "mse")

    original.save(tmp_path / "model.keras")

    class Stored:
        """A server that has the saved model."""

        def metrics(self, job_id: str) -> dict[str, list[Any]]:
            return {}

        def diagnostics(self, job_id: str) -> dict[str, Any]:
            return {"epoch": [], "layers": []}

        def model(self, job_id: str, format: str = "onnx") -> bytes:
            return (tmp_path / f"model.{format}").read_bytes()

        def infer(self, model: str, rows: ArrayLike) -> NDArray[np.float32]:
            return np.empty((0, 1), np.float32)

    model = Results(Stored(), "j").keras_model()
    rows = np.ones((2, 2), np.float32)
    np.testing.assert_array_equal(model(rows, training=False), original(rows, training=False))
    model.fit(rows, np.zeros((2, 3)), verbose=0)
