"""Complete training state <-> bytes: an npz archive without pickle, its header one JSON text.

Complete means every variable: ``.keras`` files and ``save_weights`` leave out the states of dropout's random number
generators, without which a resumed run is another run.
"""

import json
import os
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import tensorflow as tf
from pydantic import ValidationError

from bn_models.spec import TrainingSpec
from bn_models.training.program import Program

FORMAT = 2
Array = np.ndarray[Any, Any]


class CheckpointError(Exception):
    """The bytes are not a checkpoint of this run."""


@dataclass(frozen=True)
class Checkpoint:
    """The state at the end of an epoch."""

    spec: TrainingSpec
    epoch: int  # finished epochs
    values: list[Array]  # as Program.variables
    best: dict[str, float] | None  # the best result so far, as in Trained.best
    final: dict[str, float]  # metrics of the weights that would be served, as in Trained.final
    monitored: float | None  # early stopping: best value of the monitored metric,
    wait: int  # epochs since, and
    best_weights: list[Array] | None  # the weights then, as model.weights
    train_seconds: float
    compile_seconds: float
    exact: bool  # whether the run so far, resumes included, has the bits of an uninterrupted one
    environment: dict[str, Any]


def environment(xla: bool) -> dict[str, Any]:
    """What has to be equal for two runs of a spec to have equal bits on one machine."""
    return {
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count(),
        "xla": xla,
    }


def encode(checkpoint: Checkpoint) -> bytes:
    header = {
        "format": FORMAT,
        "spec": checkpoint.spec.model_dump(mode="json"),
        "epoch": checkpoint.epoch,
        "best": checkpoint.best,
        "final": checkpoint.final,
        "monitored": checkpoint.monitored,
        "wait": checkpoint.wait,
        "train_seconds": checkpoint.train_seconds,
        "compile_seconds": checkpoint.compile_seconds,
        "exact": checkpoint.exact,
        "environment": checkpoint.environment,
        "values": len(checkpoint.values),
        "best_weights": None if checkpoint.best_weights is None else len(checkpoint.best_weights),
    }
    arrays = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    arrays |= {f"value_{i}": value for i, value in enumerate(checkpoint.values)}
    arrays |= {f"best_{i}": value for i, value in enumerate(checkpoint.best_weights or ())}
    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def decode(state: bytes) -> Checkpoint:
    """Raises CheckpointError for bytes that ``encode`` of this format did not write."""
    try:
        with np.load(BytesIO(state), allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes())
            if header["format"] != FORMAT:
                raise CheckpointError(f"checkpoint format {header['format']}; this version reads {FORMAT}")
            values, best = header.pop("values"), header.pop("best_weights")
            return Checkpoint(
                spec=TrainingSpec.model_validate(header.pop("spec")),
                values=[archive[f"value_{i}"] for i in range(values)],
                best_weights=None if best is None else [archive[f"best_{i}"] for i in range(best)],
                **{name: value for name, value in header.items() if name != "format"},
            )
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile, ValidationError) as error:
        raise CheckpointError(f"not a readable checkpoint ({type(error).__name__}: {error})") from error


def restore(checkpoint: Checkpoint, spec: TrainingSpec, program: Program) -> None:
    """Puts the state into the program; raises CheckpointError, changing nothing, when it is another run's."""
    if checkpoint.spec != spec:
        raise CheckpointError("the checkpoint was taken with another spec")
    expected = [(tuple(variable.shape), variable.dtype) for variable in program.variables]
    if [(value.shape, value.dtype.name) for value in checkpoint.values] != expected:
        raise CheckpointError("the checkpoint's variables are not those of the spec's network and optimizer")
    weights = [tuple(weight.shape) for weight in program.model.weights]
    if checkpoint.best_weights is not None and [value.shape for value in checkpoint.best_weights] != weights:
        raise CheckpointError("the checkpoint's best weights are not those of the spec's network")
    program.restore(checkpoint.values)
