"""The trainer's process: takes assignments from a pipe, trains, talks back in messages. Knows no SQL.

Importing this module loads TensorFlow; only the process that trains does it.
"""

import logging
import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import tensorflow as tf
from cachetools import LRUCache

from bn_models.datasets import arrays, loading
from bn_models.export.certificate import CertificateError, Certified, Templates, certify
from bn_models.export.held_out import largest_class_share, served_accuracy, served_error
from bn_models.inference import InferenceModel
from bn_models.plan.architecture import plan
from bn_models.plan.shapes import PlanError, parameter_count
from bn_models.spec import TrainingSpec
from bn_models.spec.dataset import Uploaded
from bn_models.training import loop
from bn_models.training.checkpoint import CheckpointError
from bn_models.training.program_cache import ProgramCache
from service.processes import when_parent_ends
from service.worker import xla_cache
from service.worker.messages import (
    Assignment,
    CheckpointSent,
    EpochDone,
    Failed,
    Finished,
    ModelCertificate,
    Ready,
    RunResult,
    Stop,
    Stopped,
    TrainerOptions,
)

log = logging.getLogger(__name__)
EXPECTED = (arrays.DatasetError, PlanError, CertificateError)
CERTIFIED_ROWS = 256
"""Held-out rows that the stored model is compared with Keras on."""


class Trainer:
    def __init__(self, connection: "Connection[Any, Any]", options: TrainerOptions, cache: Path | None) -> None:
        """``cache`` is XLA's, None without one."""
        self._connection, self._options, self._cache = connection, options, cache
        self._started_at = time.time()
        self._programs = ProgramCache(size=options.held_programs, xla=options.xla)
        self._templates: Templates = LRUCache(options.held_programs)
        self._stopping = False

    def serve(self) -> None:
        """Trains what comes until the supervisor is gone."""
        # A killed worker cannot end its trainers: they end themselves, in the middle of a run or not.
        when_parent_ends(lambda: os._exit(1))
        self._connection.send(Ready())
        while True:
            try:
                message = self._connection.recv()
            except EOFError:
                return
            if isinstance(message, Assignment):  # a Stop that came after the run's end is late
                self._run(message)

    def _run(self, assignment: Assignment) -> None:
        try:
            self._train(assignment)
        except CheckpointError as error:  # of another version, perhaps: the spec is all a run needs
            log.warning("a run starts anew: %s", error)
            self._run(replace(assignment, checkpoint=None))
        except arrays.NotHere as error:
            self._connection.send(Failed("DatasetError", f"{error}, which is the one that BNLAB_DATA_DIR names"))
        except EXPECTED as error:
            self._connection.send(Failed(type(error).__name__, str(error)))
        except tf.errors.OpError as error:
            if self._cache and xla_cache.remove_entries(self._cache, before=self._started_at):
                log.exception("training failed, perhaps by a damaged entry of XLA's cache, which is emptied now")
                os._exit(1)  # the next attempt compiles anew, in a process that has not read the cache
            self._connection.send(Failed(type(error).__name__, str(error)))
        except Exception as error:  # whatever it was, it is this job's and not the worker's end
            log.exception("training failed")
            self._connection.send(Failed(type(error).__name__, str(error) or repr(error)))

    def _train(self, assignment: Assignment) -> None:
        self._stopping = False
        spec = TrainingSpec.model_validate(assignment.spec)
        data = loading.load(spec.dataset, self._options.data_dir, assignment.dataset_file, seed=spec.seed)
        for event in loop.train(
            spec,
            data,
            self._programs,
            checkpoint=assignment.checkpoint,
            checkpoint_seconds=self._options.checkpoint_seconds,
            should_stop=self._told_to_stop,
        ):
            match event:
                case loop.EpochEnd(epoch, metrics, diagnostics):
                    self._connection.send(EpochDone(epoch, metrics, diagnostics))
                case loop.CheckpointTaken(epoch, state):
                    self._connection.send(CheckpointSent(epoch, state))
                case loop.Trained():
                    self._connection.send(finished(spec, event, self._templates, assignment.columns))
                    return
        self._connection.send(Stopped())

    def _told_to_stop(self) -> bool:
        if not self._stopping and self._connection.poll():
            self._stopping = isinstance(self._connection.recv(), Stop)
        return self._stopping


def finished(spec: TrainingSpec, trained: loop.Trained, templates: Templates, columns: Sequence[str] = ()) -> Finished:
    """The end of a run; raises CertificateError when its model is not what was trained and measured."""
    layers, shape, data = plan(spec), spec.dataset.row_shape, trained.data
    held_out = data.validation if data.test is None else data.test
    labels = spec.dataset.labels if isinstance(spec.dataset, Uploaded) else ()  # built-in ones count their classes
    model = certify(
        trained.model,
        layers,
        shape,
        data.preprocessing,
        data.validation.raw_x[:CERTIFIED_ROWS].astype(data.preprocessing.raw_dtype),
        labels,
        columns=columns,
        target=data.target if spec.regression else None,
        diverged=trained.diverged_at_epoch is not None,
        templates=templates,
    )
    result = RunResult(
        epochs_run=trained.epochs_run,
        diverged_at_epoch=trained.diverged_at_epoch,
        stopped_early=trained.stopped_early,
        final={**trained.final, **_measured(spec, trained, model, labels)},
        best=trained.best,
        train_seconds=trained.train_seconds,
        compile_seconds=trained.compile_seconds,
        resume_exact=trained.resume_exact,
        parameters=parameter_count(layers, shape),
        largest_class_share=None if spec.regression else largest_class_share(held_out.raw_y),
        model=ModelCertificate(
            sha256=model.sha256,
            onnx_bytes=len(model.onnx),
            folded_layers=model.folded_layers,
            kept_layers=model.kept_layers,
            max_abs_difference=model.max_abs_difference,
        ),
    )
    return Finished(result, model.onnx, model.keras)


def _measured(
    spec: TrainingSpec, trained: loop.Trained, model: Certified, labels: Sequence[str | int]
) -> dict[str, float]:
    """What the model to be served is worth on its rows, which is what the job says of it."""
    served, data, measure = InferenceModel(model.onnx), trained.data, "mae" if spec.regression else "accuracy"
    splits = {"train": data.train, "val": data.validation, "test": data.test}
    found = {}
    for prefix, rows in splits.items():
        name = f"{prefix}_{measure}"
        if rows is None or name not in trained.final:
            continue
        # Where rounding decides or the run diverged, ONNX's answers need not be Keras's: they are what is served.
        comparable = math.isfinite(model.max_abs_difference) and math.isfinite(trained.final[f"{prefix}_loss"])
        expected = trained.final[name] if comparable else None
        if spec.regression:
            found[name] = served_error(served, rows.raw_x, rows.raw_y, expected)
        else:
            found[name] = served_accuracy(served, rows.raw_x, rows.raw_y, labels, expected)
    return found
