"""Read back by TensorBoard's own reader."""

import math
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from service.cli.tensorboard_files import write
from service.client import BNLab
from tests.support.played_worker import PlayedWorker
from tests.support.processes import command

JOB: dict[str, Any] = {
    "id": "0123456789abcdef",
    "name": "one: a/b",
    "created_at": "2026-01-01T00:00:00Z",
    "started_at": "2026-01-01T00:00:10Z",
    "spec": {"dataset": {"name": "circles"}, "batch_norm": {"placement": "none"}, "learning_rate": 0.01, "units": [1]},
}
METRICS: dict[str, list[Any]] = {
    "epoch": [1, 2],
    "loss": [0.5, "NaN"],
    "accuracy": [0.5, 0.75],
    "val_loss": [0.25, "Infinity"],
    "val_accuracy": [0.5, 1.0],
    "seconds": [1.0, 2.0],
    "learning_rate": [0.125, None],
}


def read(folder: Path) -> Any:
    reader = EventAccumulator(str(folder))
    reader.Reload()
    return reader


def test_tensorboard_reads_the_curves(tmp_path: Path) -> None:
    run = write(tmp_path, JOB, METRICS)
    assert run == tmp_path / "one_a_b-89abcdef"
    train, validation = read(run / "train"), read(run / "validation")
    assert train.Tags()["scalars"] == ["epoch_loss", "epoch_accuracy", "epoch_learning_rate"]
    assert [event.value for event in train.Scalars("epoch_accuracy")] == [0.5, 0.75]
    assert [event.step for event in train.Scalars("epoch_learning_rate")] == [1]
    assert math.isnan(train.Scalars("epoch_loss")[1].value)
    accuracy = validation.Scalars("epoch_accuracy")
    assert [event.step for event in accuracy] == [1, 2]
    assert accuracy[1].wall_time - accuracy[0].wall_time == 2.0
    assert accuracy[0].wall_time == 1767225611.0
    assert math.isinf(validation.Scalars("epoch_loss")[1].value)


def test_the_training_rows_in_inference_mode_are_a_run_of_their_own_where_there_are_any(tmp_path: Path) -> None:
    assert not (write(tmp_path, JOB, METRICS) / "train_inference").exists()
    run = write(tmp_path, JOB, {**METRICS, "train_accuracy": [0.25, 0.5]})
    accuracy = read(run / "train_inference").Scalars("epoch_accuracy")
    assert [event.value for event in accuracy] == [0.25, 0.5]


def test_hyperparameters_are_in_the_tab_of_theirs(tmp_path: Path) -> None:
    content = read(write(tmp_path, JOB, METRICS)).PluginTagToContent("hparams")
    session = HParamsPluginData.FromString(content["_hparams_/session_start_info"]).session_start_info
    assert session.hparams["batch_norm.placement"].string_value == "none"
    assert session.hparams["learning_rate"].number_value == 0.01
    assert session.hparams["units"].string_value == "[1]"


def test_a_second_export_replaces_the_first(tmp_path: Path) -> None:
    write(tmp_path, JOB, METRICS)
    run = write(tmp_path, JOB, METRICS)
    assert len(read(run / "train").Scalars("epoch_loss")) == 2


@pytest.mark.slow
def test_the_command_exports_what_has_metrics(server: str, worker: PlayedWorker, tmp_path: Path) -> None:
    with BNLab(server) as lab:
        names = ["first", "second", "not started"]
        ids = [lab.submit({"dataset": "circles", "name": name})["id"] for name in names]
    for _ in range(2):
        worker.epoch(worker.claim(), 1)
    everything = command("export", "tensorboard", "--to", str(tmp_path / "all"), server=server)
    assert everything.returncode == 0, everything.stderr
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == [
        f"first-{ids[0][-8:]}",
        f"second-{ids[1][-8:]}",
    ]
    assert command("export", "tensorboard", "--to", str(tmp_path / "one"), ids[1], server=server).returncode == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == [f"second-{ids[1][-8:]}"]
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert command("export", "tensorboard", "--to", str(blocked), server=server).returncode == 2
