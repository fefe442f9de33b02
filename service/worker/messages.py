"""What a supervisor and its trainers say to each other. Plain values: the supervisor never loads TensorFlow."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from service.logs import LogFormat


@dataclass(frozen=True)
class TrainerOptions:
    """What a trainer is told at its start."""

    data_dir: Path | None
    threads: int
    xla: Literal["auto", "on", "off"]
    xla_cache_dir: Path
    checkpoint_seconds: float
    verbose: bool
    """Whether TensorFlow's own messages are shown."""
    log_format: LogFormat = "text"
    held_programs: int = 16
    """How many of the programs it used last a trainer keeps; the executor counts on it."""


@dataclass(frozen=True)
class Assignment:
    """Tells a trainer to train this."""

    spec: Mapping[str, Any]
    program: str
    checkpoint: bytes | None
    dataset_file: Path | None = None
    """Where the rows of an uploaded dataset lie; None for a built-in one."""
    columns: tuple[str, ...] = ()
    """The names of a row's numbers, where they have any: the model is to know them."""


@dataclass(frozen=True)
class Stop:
    """Tells a trainer to send a checkpoint, then :class:`Stopped`."""


@dataclass(frozen=True)
class Ready:
    """TensorFlow is loaded; assignments are welcome."""


@dataclass(frozen=True)
class EpochDone:
    epoch: int
    metrics: Mapping[str, float]
    diagnostics: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CheckpointSent:
    epoch: int
    state: bytes


@dataclass(frozen=True)
class Stopped:
    """The run was stopped as asked and can be resumed from its checkpoint."""


@dataclass(frozen=True)
class ModelCertificate:
    """What was checked of the model: see :class:`bn_models.export.certificate.Certified`."""

    sha256: str
    onnx_bytes: int
    folded_layers: int
    kept_layers: int
    max_abs_difference: float


@dataclass(frozen=True)
class RunResult:
    """What is stored of a run that has succeeded, in these names: see :class:`bn_models.training.events.Trained`."""

    epochs_run: int
    diverged_at_epoch: int | None
    stopped_early: bool
    final: Mapping[str, float]
    best: Mapping[str, float] | None
    train_seconds: float
    compile_seconds: float
    resume_exact: bool | None
    parameters: int
    largest_class_share: float | None
    """Of the rows of ``test_accuracy``, or of ``val_accuracy`` where they are the test rows; None for a regression."""
    model: ModelCertificate


@dataclass(frozen=True)
class Finished:
    result: RunResult
    onnx: bytes
    keras: bytes


@dataclass(frozen=True)
class Failed:
    """The run cannot succeed, however often it is tried."""

    type: str
    message: str


@dataclass(frozen=True)
class Crashed:
    """The trainer died; ``reason`` names the signal or the exit code. Said by the executor, not by the trainer."""

    reason: str


Report = EpochDone | CheckpointSent | Stopped | Finished | Failed | Crashed
