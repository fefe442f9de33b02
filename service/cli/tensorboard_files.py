"""Training curves as TensorBoard event files, laid out and named as Keras's own callback does. Loads no TensorFlow."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from bn_models.spec.paths import flat
from service.client import JobJson

CURVES = {
    "train": {
        "epoch_loss": "loss",
        "epoch_accuracy": "accuracy",
        "epoch_mae": "mae",
        "epoch_learning_rate": "learning_rate",
    },
    "validation": {"epoch_loss": "val_loss", "epoch_accuracy": "val_accuracy", "epoch_mae": "val_mae"},
    "train_inference": {"epoch_loss": "train_loss", "epoch_accuracy": "train_accuracy", "epoch_mae": "train_mae"},
}
FILE = "events.out.tfevents.0.bnlab"


def write(folder: Path, job: JobJson, metrics: Mapping[str, list[Any]]) -> Path:
    """Writes the job's curves and its spec as hyperparameters into a folder of its own below ``folder`` and gives it.

    Steps are epochs, from 1; an earlier export of the job is replaced. OSError: ``folder`` cannot be written.
    """
    run = folder / _label(job)
    begin = datetime.fromisoformat(job["started_at"] or job["created_at"]).timestamp()
    _write_events(run, begin, [Event(wall_time=begin, summary=hparams_pb(_hyperparameters(job), job["id"], begin))])
    for part, curves in CURVES.items():
        if metrics.keys().isdisjoint(curves.values()):  # the training rows in inference mode were not asked for
            continue
        _write_events(run / part, begin, _scalars(metrics, curves, begin))
    return run


def _scalars(metrics: Mapping[str, list[Any]], curves: Mapping[str, str], begin: float) -> Iterator[Event]:
    """The curves by tag, each point at the time its epoch ended."""
    at = begin
    for i, epoch in enumerate(metrics["epoch"]):
        at += float(metrics["seconds"][i] or 0.0)
        for tag, name in curves.items():
            if name in metrics and (value := metrics[name][i]) is not None:
                point = Summary.Value(tag=tag, simple_value=float(value))
                yield Event(wall_time=at, step=epoch, summary=Summary(value=[point]))


def _write_events(folder: Path, begin: float, events: Iterable[Event]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("wb") as file:
        records = RecordWriter(file)
        records.write(Event(wall_time=begin, file_version="brain.Event:2").SerializeToString())
        for event in events:
            records.write(event.SerializeToString())


def _label(job: JobJson) -> str:
    """A folder's name that tells people what it is and is no other job's."""
    spec = job["spec"]
    name = job["name"] or f"{spec['dataset']['name']} {spec['batch_norm']['placement']} {spec['learning_rate']:g}"
    return f"{re.sub(r'[^A-Za-z0-9_.,=+-]+', '_', name).strip('._')}-{job['id'][-8:]}"


def _hyperparameters(job: JobJson) -> dict[str, Any]:
    """The spec's fields by their paths; TensorBoard knows numbers, truth values and text only."""
    return {
        path: value if isinstance(value, bool | int | float) else str(value)
        for path, value in flat(job["spec"]).items()
    }
