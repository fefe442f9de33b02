"""What is read of a study."""

import math
import time

import pytest

from bn_models.statistics.runs import Run
from service.analysis.study_data import StudyData, study_data
from service.database.engine import Database
from service.errors import NotFound
from service.presets.catalog import preset
from service.store import studies
from tests.support.played_worker import METRICS, PlayedWorker
from tests.support.study_data import DESIGN, create_study


def read(database: Database, study_id: str, threshold: float | None = None, inside: bool = False) -> StudyData:
    with database.read() as session:
        return study_data(session, study_id, threshold, inside=inside)


def test_runs_stand_under_their_arms(database: Database, worker: PlayedWorker) -> None:
    study_id = create_study(database)
    lease = worker.claim()
    worker.epoch(lease, 1)
    worker.epoch(lease, 2, val_accuracy=0.95)
    worker.succeed(lease)
    worker.fail(worker.claim())
    data = read(database, study_id)
    columns = {name: [value, 0.95 if name == "val_accuracy" else value] for name, value in METRICS.items()}
    assert [arm.label for arm in data.arms] == ["placement=none", "placement=after_activation"]
    assert data.arms[0].runs == [Run(5, columns)]
    assert data.arms[1].runs == [Run(5, {}, failed=True)]
    assert data.arms[1].settings == {"batch_norm.placement": "after_activation"}
    assert [spec["batch_norm"]["placement"] for spec in data.specs] == ["none", "after_activation"]
    assert (data.baselines, data.partial, data.cancelled) == ([None, 0], True, 0)
    assert data.design == DESIGN.model_dump(mode="json")


def test_what_is_not_finite_is_a_number_again(database: Database, worker: PlayedWorker) -> None:
    study_id, lease = create_study(database), worker.claim()
    worker.epoch(lease, 1, loss=math.nan, val_loss=-math.inf)
    worker.succeed(lease)
    metrics = read(database, study_id).arms[0].runs[0].metrics
    assert math.isnan(metrics["loss"][0] or 0.0)
    assert metrics["val_loss"] == [-math.inf]


def test_cancelled_runs_are_counted_and_are_no_runs(database: Database) -> None:
    study_id = create_study(database)
    with database.write() as session:
        studies.cancel(session, study_id, now=time.time())
    data = read(database, study_id)
    assert (data.cancelled, data.partial, [arm.runs for arm in data.arms]) == (4, False, [[], []])


def test_the_threshold_is_the_one_asked_for_else_the_presets_else_08(database: Database) -> None:
    published = preset("dlology-mnist-quick")
    study_id, own = create_study(database, published.design, published.name), create_study(database)
    assert [read(database, study_id, wanted).threshold for wanted in (0.25, None)] == [0.25, published.threshold]
    assert (read(database, study_id).preset, read(database, own).threshold) == (published, 0.8)


def test_diagnostics_are_read_where_they_are_drawn(database: Database, worker: PlayedWorker) -> None:
    study_id, lease = create_study(database), worker.claim()
    worker.epoch(lease, 1, diagnosis={"inference_mode_accuracy": 0.5, "layers": []})
    worker.succeed(lease)
    assert read(database, study_id).diagnostics == ()
    found = {"epoch": [1], "inference_mode_accuracy": [0.5], "layers": []}
    assert read(database, study_id, inside=True).diagnostics == [[found], []]


def test_an_unknown_study_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="there is no study 'x'"):
        read(database, "x")
