"""The loop over epochs: early stopping, divergence, checkpoints.

A run that is stopped at any point and goes on from its last checkpoint ends with the same bits as one that was not:
weights, optimizer state and metrics, ``seconds`` excepted.
"""

import math
from collections.abc import Callable, Generator, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import tensorflow as tf

from bn_models.compiled.epochs import EpochResult
from bn_models.datasets.arrays import Data
from bn_models.diagnostics.schedule import epochs_to_next
from bn_models.network import build
from bn_models.plan import batches
from bn_models.plan.learning_rates import learning_rates
from bn_models.spec import TrainingSpec
from bn_models.training.checkpoint import Checkpoint, decode, encode, environment, restore
from bn_models.training.early_stopping import Stopper
from bn_models.training.events import CheckpointTaken, EpochEnd, EpochProgress, Event, Trained
from bn_models.training.program_cache import ProgramCache

__all__ = ["CheckpointTaken", "EpochEnd", "EpochProgress", "Event", "Trained", "train"]

Array = np.ndarray[Any, Any]


def train(
    spec: TrainingSpec,
    data: Data,
    programs: ProgramCache,
    *,
    checkpoint: bytes | None = None,
    checkpoint_seconds: float = 10.0,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Yields an event at least every half second once the program is built; the last one is Trained.

    A checkpoint follows an epoch's end at most every ``checkpoint_seconds``. When ``should_stop`` answers true, one of
    the last finished epoch follows (if there is a newer one than the last checkpoint) and the events end without
    Trained; none follows while the finished network is evaluated. Raises CheckpointError for a checkpoint that is not
    this spec's.
    """
    run = _Run(spec, data, programs, checkpoint)
    saved, due = run.epoch, perf_counter() + checkpoint_seconds
    while not run.over:
        stop = should_stop()
        if run.epoch > saved and (stop or perf_counter() >= due):
            saved = run.epoch
            yield CheckpointTaken(saved, run.checkpoint())
            due = perf_counter() + checkpoint_seconds
        if stop:
            return
        for event in run.advance():
            yield event
            if isinstance(event, EpochProgress) and should_stop():
                break  # the epoch is lost; the next look at should_stop saves the one before
    for progress in run.evaluate():
        yield progress
        if should_stop():
            return
    yield run.trained()


class _Run:
    """The program's variables and what is known of the epochs so far."""

    def __init__(self, spec: TrainingSpec, data: Data, programs: ProgramCache, state: bytes | None) -> None:
        self._started, self._seconds_before = perf_counter(), 0.0
        self._spec, self._data = spec, data
        self._program, self._compile_seconds = programs.get(spec, data)
        self._resident = programs.resident(data)
        self._environment = environment(self._program.xla)
        self._stopper = None if spec.early_stopping is None else Stopper(spec.early_stopping)
        self._best: dict[str, float] | None = None
        self._final: dict[str, float] = {}  # of the weights that are served, and which epoch's they are
        self._diverged = self._stopped = False
        self._resume_exact: bool | None = None
        self.epoch = 0  # finished epochs
        if state is None:
            self._program.reset(spec)
        else:
            self._resume(decode(state))
        self._keep_values()

    @property
    def over(self) -> bool:
        return self._diverged or self._stopped or self.epoch >= self._spec.epochs

    def advance(self) -> Iterator[EpochProgress | EpochEnd]:
        """One call's worth of epochs, or one long epoch, which may be abandoned at any EpochProgress."""
        # With early stopping one epoch a call: the weights of every epoch may turn out to be the best. So it is where
        # the training rows are looked at with the weights of every epoch.
        limit = 1 if self._stopper or self._evaluates_epochs else self._spec.epochs - self.epoch
        if self._spec.diagnostics:  # a call ends where there is something to look at
            limit = min(limit, epochs_to_next(self.epoch))
        for outcome in self._program.epochs.run(self._spec, self._resident, self.epoch, limit):
            if isinstance(outcome, EpochResult):
                evaluated: dict[str, float] = {}
                if self._evaluates_epochs:
                    evaluated = yield from self._evaluated("train", self._resident.x, self._resident.y)
                yield self._end_epoch(outcome, evaluated)
            else:
                yield EpochProgress(self.epoch + 1, outcome)
        self._keep_values()

    def checkpoint(self) -> bytes:
        """What a run needs to go on after the last finished epoch."""
        stopper = self._stopper
        return encode(
            Checkpoint(
                spec=self._spec,
                epoch=self.epoch,
                values=self._program.values() if self._values is None else self._values,
                best=self._best,
                final=self._final,
                monitored=stopper.best if stopper else None,
                wait=stopper.wait if stopper else 0,
                best_weights=stopper.best_weights if stopper else None,
                train_seconds=self._train_seconds(),
                compile_seconds=self._compile_seconds,
                exact=self._resume_exact is not False,
                environment=self._environment,
            )
        )

    def evaluate(self) -> Iterator[EpochProgress]:
        """Puts the weights in place that are served, and adds what they do on training and test rows to the result."""
        if self._stopper and self._stopper.best_weights is not None:
            self._program.model.set_weights(self._stopper.best_weights)
        if self._spec.evaluate_training == "end":
            self._final |= yield from self._evaluated("train", self._resident.x, self._resident.y)
        if (test := self._data.test) is not None:
            self._final |= yield from self._evaluated("test", tf.constant(test.x), tf.constant(test.y))

    def trained(self) -> Trained:
        if self._spec.regression and self._data.target.raw_dtype == "float32":
            build.to_target_units(self._program.model, self._data.target)
        return Trained(
            model=self._program.model,
            data=self._data,
            epochs_run=self.epoch,
            diverged_at_epoch=self.epoch if self._diverged else None,
            stopped_early=self._stopped and self.epoch < self._spec.epochs,
            final=self._final,
            best=self._best,
            train_seconds=self._train_seconds(),
            compile_seconds=self._compile_seconds,
            resume_exact=self._resume_exact,
        )

    @property
    def _evaluates_epochs(self) -> bool:
        return self._spec.evaluate_training == "epochs"

    def _evaluated(self, rows: str, x: Any, y: Any) -> Generator[EpochProgress, None, dict[str, float]]:
        """The metrics of the present weights on ``rows`` x, y in inference mode."""
        evaluation = self._program.evaluation
        assert evaluation is not None
        for outcome in evaluation.run(x, y):
            if not isinstance(outcome, float):
                found = self._in_units(*outcome.tolist())
            elif self._program.epochs.divisible:  # a short epoch cannot be abandoned
                yield EpochProgress(min(self.epoch + 1, self._spec.epochs), 1.0)
        return {f"{rows}_{name}": value for name, value in found.items()}

    def _end_epoch(self, result: EpochResult, evaluated: dict[str, float]) -> EpochEnd:
        self.epoch = result.epoch + 1
        last_step = self.epoch * batches.of(self._spec).steps
        measured = self._measured(result)
        metrics = {
            **measured,
            "seconds": result.seconds,
            "learning_rate": float(str(learning_rates(self._spec, last_step - 1, last_step)[0])),
            **evaluated,
        }
        if math.isfinite(result.val_loss) and (self._best is None or measured["val_loss"] < self._best["val_loss"]):
            validation = {name: value for name, value in measured.items() if name.startswith("val_")}
            self._best = {"epoch": self.epoch, **validation}
        self._diverged = not (math.isfinite(result.loss) and math.isfinite(result.val_loss))
        if self._stopper and not self._diverged:
            self._stopped = self._stopper.observe(self.epoch, metrics, self._program.model.get_weights)
        if self._serves_this_epoch():
            self._final = {"epoch": self.epoch, **metrics}
        return EpochEnd(self.epoch, metrics, self._diagnosis())

    def _serves_this_epoch(self) -> bool:
        """Whether the weights at this epoch's end are, so far, those that will be left: the last or the best."""
        stopper = self._stopper
        return stopper is None or stopper.best_weights is None or (stopper.wait == 0 and not self._diverged)

    def _diagnosis(self) -> dict[str, Any] | None:
        """What is due at the end of the epoch, whose variables are there: it is the last one of its call."""
        observer = self._program.observer
        if not self._spec.diagnostics or not (self.over or epochs_to_next(self.epoch - 1) == 1):
            return None
        assert observer is not None
        found, (name, unit) = observer.observe(self._resident), self._measure()
        modes = {f"{mode}_{name}": found[mode] * unit for mode in ("training_mode", "inference_mode")}
        return {**modes, "layers": found["layers"]}

    def _measured(self, result: EpochResult) -> dict[str, float]:
        training = self._in_units(result.loss, result.measure)
        validation = self._in_units(result.val_loss, result.val_measure)
        return training | {f"val_{name}": value for name, value in validation.items()}

    def _in_units(self, loss: float, measure: float) -> dict[str, float]:
        """Loss and accuracy, or a regression's errors in the target's own units."""
        name, unit = self._measure()
        return {"loss": loss * unit**2, name: measure * unit}

    def _measure(self) -> tuple[str, float]:
        """The name of what is measured besides the loss, and its unit."""
        return "mae" if self._spec.regression else "accuracy", 1 / float(self._data.target.scale)

    def _resume(self, checkpoint: Checkpoint) -> None:
        restore(checkpoint, self._spec, self._program)
        self.epoch, self._best, self._final = checkpoint.epoch, checkpoint.best, checkpoint.final
        self._seconds_before = checkpoint.train_seconds
        self._compile_seconds += checkpoint.compile_seconds
        self._resume_exact = checkpoint.exact and checkpoint.environment == self._environment
        if self._stopper:
            self._stopper.best, self._stopper.wait = checkpoint.monitored, checkpoint.wait
            self._stopper.best_weights = checkpoint.best_weights

    def _keep_values(self) -> None:
        """Inside a long epoch the variables are ahead of the last finished one."""
        self._values = self._program.values() if self._program.epochs.divisible else None

    def _train_seconds(self) -> float:
        return self._seconds_before + perf_counter() - self._started
