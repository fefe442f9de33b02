"""What training tells about itself while it runs."""

from dataclasses import dataclass, field
from typing import Any

from bn_models.datasets.arrays import Data


@dataclass(frozen=True)
class EpochEnd:
    """Epochs count from 1. metrics: loss, accuracy (in training mode, mean over the epoch), val_loss, val_accuracy
    (in inference mode at its end), seconds (wall), learning_rate (at its last step). A regression has mae and val_mae
    instead of accuracies; its loss is the mean squared error; both are in the target's own units. With
    ``evaluate_training`` "epochs" also train_loss and train_accuracy or train_mae, in inference mode, whose time is not
    in ``seconds``."""

    epoch: int
    metrics: dict[str, float]
    diagnostics: dict[str, Any] | None = None
    """What was seen inside at its end, see :mod:`bn_models.diagnostics.observer`; None where nothing was due."""


@dataclass(frozen=True)
class EpochProgress:
    """Inside an epoch: the fraction of it that is done."""

    epoch: int
    fraction: float


@dataclass(frozen=True)
class CheckpointTaken:
    """``state`` is what a run needs to go on after ``epoch``, whose EpochEnd came before."""

    epoch: int
    state: bytes


@dataclass(frozen=True)
class Trained:
    """The end of a run, the last event.

    ``model`` belongs to the program: it keeps its weights until the next run with the same ProgramCache. They are
    the last epoch's, or with early stopping and ``restore_best`` the best monitored epoch's, as Keras leaves them.
    A regression's model predicts in the target's own units, unless
    those need float64: then it predicts standardized numbers.
    ``final`` has the metrics of the epoch whose weights these are, and ``epoch``, its number; besides what these
    weights do in inference mode on the training rows (train_loss, train_accuracy or train_mae, but for
    ``evaluate_training`` "never") and, where validation rows are apart, on the test rows (test_loss and so on).
    ``best`` is the epoch with the lowest finite val_loss, the first of equals: {"epoch", "val_loss", "val_accuracy" or
    "val_mae"}; None when there is none.
    ``diverged_at_epoch``: the first whose training or validation loss is NaN or infinite; nothing runs after it.
    ``train_seconds`` is wall time with everything in it, ``compile_seconds`` the part that built programs; both
    include what ran before a resume. ``resume_exact``: None if not resumed, else whether versions and threads were
    the same all along, so that the bits are those of an uninterrupted run.
    """

    model: Any
    data: Data = field(repr=False)
    epochs_run: int
    diverged_at_epoch: int | None
    stopped_early: bool
    final: dict[str, float]
    best: dict[str, float] | None
    train_seconds: float
    compile_seconds: float
    resume_exact: bool | None


Event = EpochEnd | EpochProgress | CheckpointTaken | Trained
