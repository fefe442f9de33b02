"""What a notebook wants of a job: its metrics as a table, its Keras model, predictions of arrays."""

import tempfile
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Source(Protocol):
    """Where results come from: the client."""

    def metrics(self, job_id: str) -> dict[str, list[Any]]: ...

    def diagnostics(self, job_id: str) -> dict[str, Any]: ...

    def model(self, job_id: str, format: str = "onnx") -> bytes: ...

    def infer(self, model: str, rows: ArrayLike) -> NDArray[np.float32]: ...


class AsyncSource(Protocol):
    async def metrics(self, job_id: str) -> dict[str, list[Any]]: ...

    async def diagnostics(self, job_id: str) -> dict[str, Any]: ...

    async def model(self, job_id: str, format: str = "onnx") -> bytes: ...

    async def infer(self, model: str, rows: ArrayLike) -> NDArray[np.float32]: ...


class Results:
    """The results of one job. pandas and Keras are loaded by the methods that need them: both are heavy."""

    def __init__(self, source: Source, job_id: str) -> None:
        self._source, self.job_id = source, job_id

    def metrics(self) -> Any:
        """A pandas DataFrame, one row an epoch, indexed by it; without pandas a dict of arrays."""
        return _metric_table(self._source.metrics(self.job_id))

    def diagnostics(self) -> Any:
        """A pandas DataFrame of what happened inside, one row an epoch looked at and layer; empty if nothing was."""
        return _diagnostic_table(self._source.diagnostics(self.job_id))

    def predict(self, rows: ArrayLike) -> NDArray[np.float32]:
        """Class probabilities (rows, outputs) of raw rows (rows, \\*row_shape), by the server."""
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

    async def predict(self, rows: ArrayLike) -> NDArray[np.float32]:
        return await self._source.infer(self.job_id, rows)

    async def onnx(self) -> bytes:
        return await self._source.model(self.job_id, "onnx")

    async def keras_model(self) -> Any:
        return _keras_model(await self._source.model(self.job_id, "keras"))


def _metric_table(metrics: dict[str, list[Any]]) -> Any:
    columns = {
        name: np.array([np.nan if value is None else float(value) for value in values])
        for name, values in metrics.items()
    }
    columns["epoch"] = columns["epoch"].astype(np.int64)
    try:
        import pandas as pd
    except ImportError:
        return columns
    return pd.DataFrame(columns).set_index("epoch")


def _diagnostic_table(found: dict[str, Any]) -> Any:
    import pandas as pd

    tables = [pd.DataFrame({"epoch": found["epoch"], **layer}) for layer in found["layers"]]
    table = pd.concat(tables) if tables else pd.DataFrame(columns=["epoch", "name", "kind"])
    quantities = table.columns.drop(["epoch", "name", "kind"])
    return table.astype(dict.fromkeys(quantities, float)).set_index(["epoch", "name"]).sort_index()


def _keras_model(data: bytes) -> Any:
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        return keras.saving.load_model(path)
