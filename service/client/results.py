"""What a notebook wants of a job: its metrics as a table, its Keras model, predictions of arrays."""

import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Source(Protocol):
    """Where results come from: the client."""

    def metrics(self, job_id: str) -> dict[str, list[Any]]: ...

    def diagnostics(self, job_id: str) -> dict[str, Any]: ...

    def model(self, job_id: str, format: str = "onnx") -> bytes: ...

    def infer(self, model: str, rows: Any) -> NDArray[np.floating[Any]]: ...


class AsyncSource(Protocol):
    async def metrics(self, job_id: str) -> dict[str, list[Any]]: ...

    async def diagnostics(self, job_id: str) -> dict[str, Any]: ...

    async def model(self, job_id: str, format: str = "onnx") -> bytes: ...

    async def infer(self, model: str, rows: Any) -> NDArray[np.floating[Any]]: ...


class Results:
    """The results of one job. pandas and Keras are loaded by the methods that need them: both are heavy."""

    def __init__(self, source: Source, job_id: str) -> None:
        self._source, self.job_id = source, job_id

    def metrics(self) -> Any:
        """A pandas DataFrame, one row an epoch, indexed by it; without pandas a dict of arrays."""
        return _metric_table(self._source.metrics(self.job_id))

    def diagnostics(self) -> Any:
        """A pandas DataFrame of what happened inside, one row an epoch looked at and layer, empty if nothing
        was; without pandas a dict of arrays."""
        return _diagnostic_table(self._source.diagnostics(self.job_id))

    def predict(self, rows: Any) -> NDArray[np.floating[Any]]:
        """Class probabilities (rows, outputs) of raw rows (rows, \\*row_shape), by the server.

        A DataFrame's columns go by their names: :meth:`BNLab.predict` says more.
        """
        return self._source.infer(self.job_id, rows)

    def onnx(self) -> bytes:
        """The inference-mode model; raw rows are its input."""
        return self._source.model(self.job_id, "onnx")

    def keras_model(self) -> Any:
        """The trained model to go on with in Keras; its input, too, is raw rows."""
        return _keras_model(self._source.model(self.job_id, "keras"))


class AsyncResults:
    """:class:`Results` for asyncio."""

    def __init__(self, source: AsyncSource, job_id: str) -> None:
        self._source, self.job_id = source, job_id

    async def metrics(self) -> Any:
        return _metric_table(await self._source.metrics(self.job_id))

    async def diagnostics(self) -> Any:
        return _diagnostic_table(await self._source.diagnostics(self.job_id))

    async def predict(self, rows: Any) -> NDArray[np.floating[Any]]:
        return await self._source.infer(self.job_id, rows)

    async def onnx(self) -> bytes:
        return await self._source.model(self.job_id, "onnx")

    async def keras_model(self) -> Any:
        return _keras_model(await self._source.model(self.job_id, "keras"))


def _metric_table(metrics: dict[str, list[Any]]) -> Any:
    columns = {name: _floats(values) for name, values in metrics.items()}
    return _table({**columns, "epoch": np.array(metrics["epoch"], np.int64)}, ["epoch"])


def _diagnostic_table(found: dict[str, Any]) -> Any:
    epochs, layers = found["epoch"], found["layers"]
    names = dict.fromkeys(name for layer in layers for name in layer if name not in ("name", "kind"))
    columns: dict[str, NDArray[Any]] = {
        "epoch": np.array(epochs * len(layers), np.int64),
        "name": np.array([layer["name"] for layer in layers for _ in epochs], object),
        "kind": np.array([layer["kind"] for layer in layers for _ in epochs], object),
    }
    nothing = [None for _ in epochs]
    for name in names:
        columns[name] = _floats([value for layer in layers for value in layer.get(name, nothing)])
    table = _table(columns, ["epoch", "name"])
    return table if table is columns else table.sort_index()


def _floats(values: list[Any]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def _table(columns: dict[str, NDArray[Any]], index: list[str]) -> Any:
    """A DataFrame; ``columns`` themselves where there is no pandas, which comes with ``bnlab[notebook]`` only."""
    try:
        import pandas as pd
    except ImportError:
        return columns
    return pd.DataFrame(columns).set_index(index)


def _keras_model(data: bytes) -> Any:
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        return keras.saving.load_model(path)
