"""From a person's file to a certified model and back, by the parts that do it in production, in one process.

Loads TensorFlow. A run takes about 50 ms once its program is there, so that many small tables can be tried.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from bn_models.inference import InferenceModel
from bn_models.ingest.accept import accept
from bn_models.ingest.options import Options
from service.worker.messages import Assignment, CheckpointSent, EpochDone, Finished, Ready, RunResult, TrainerOptions
from service.worker.trainer import Trainer

Array = np.ndarray[Any, Any]
LARGE = 10_000_000
FOUND = ("task", "row_shape", "labels", "train_rows", "test_rows")


@dataclass(frozen=True)
class Upload:
    """What was said of a file, and the dataset that was made of it."""

    found: Mapping[str, Any]
    file: Path

    @cached_property
    def arrays(self) -> dict[str, Array]:
        with np.load(self.file) as archive:
            return dict(archive)

    @property
    def dataset(self) -> dict[str, Any]:
        """As a spec has it once the service has looked it up."""
        sha256 = hashlib.sha256(self.file.read_bytes()).hexdigest()
        return {"name": "x", "sha256": sha256, **{name: self.found[name] for name in FOUND}}


@dataclass(frozen=True)
class Run:
    epochs: list[dict[str, float]]
    checkpoints: dict[int, bytes]
    result: RunResult
    onnx: bytes

    @cached_property
    def model(self) -> InferenceModel:
        return InferenceModel(self.onnx)

    @property
    def final(self) -> dict[str, float]:
        return {name: value for name, value in self.result.final.items() if name != "seconds"}


class UploadedRuns:
    """``with UploadedRuns(folder) as runs`` accepts files into ``folder`` and trains on them."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._uploads = folder, 0
        self._connection, theirs = Pipe()
        options = TrainerOptions(
            data_dir=None, threads=1, xla="auto", xla_cache_dir=folder, checkpoint_seconds=0, verbose=False,
            held_programs=64,
        )  # fmt: skip
        self._thread = threading.Thread(target=Trainer(theirs, options, None).serve)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._connection.recv() == Ready()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._thread.join()

    def upload(self, content: bytes, format: Literal["csv", "parquet", "npz"], **options: Any) -> Upload:
        """Raises TableError for a file that is refused."""
        self._uploads += 1
        path = self._folder / f"{self._uploads}.{format}"
        path.write_bytes(content)
        destination = path.with_suffix(".accepted.npz")
        return Upload(accept(path, Options(format, **options), LARGE, destination), destination)

    def train(self, upload: Upload, checkpoint: bytes | None = None, **fields: Any) -> Run:
        """With early stopping there is a checkpoint an epoch, as its calls are one epoch long."""
        spec = {"dataset": upload.dataset, **fields}
        self._connection.send(Assignment(spec, "", checkpoint, upload.file))
        epochs, checkpoints = [], {}
        while True:
            match self._connection.recv():
                case EpochDone(_, metrics, _):
                    epochs.append({name: value for name, value in metrics.items() if name != "seconds"})
                case CheckpointSent(epoch, state):
                    checkpoints[epoch] = state
                case Finished(result, onnx, _):
                    return Run(epochs, checkpoints, result, onnx)
                case other:
                    raise AssertionError(other)
