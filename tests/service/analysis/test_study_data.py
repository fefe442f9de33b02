"""What is read of a study."""

import math
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bn_models.spec.study import Design, arms
from bn_models.statistics.runs import Run
from service.analysis.study_data import StudyData, study_data
from service.database.engine import Database
from service.errors import NotFound
from service.store import datasets, studies
from service.store.datasets import AcceptedUpload
from service.store.upload_options import FileOptions
from tests.support.played_worker import METRICS, PlayedWorker
from tests.support.study_data import DESIGN, create_study


def read(database: Database, study_id: str, metric: str = "val_accuracy", inside: bool = False) -> StudyData:
    with database.read() as session:
        return study_data(session, study_id, metric, inside=inside)


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
    [run] = data.arms[0].runs
    assert (run.seed, run.metrics, run.largest_class_share) == (5, columns, 0.5)
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


def test_cancelled_runs_are_runs_that_are_in_no_statistic(database: Database) -> None:
    study_id = create_study(database)
    with database.write() as session:
        studies.cancel(session, study_id, now=time.time())
    data = read(database, study_id)
    assert (data.cancelled, data.conditions.cancelled, data.partial) == (4, 4, False)
    assert [arm.runs for arm in data.arms] == [[Run(seed, {}, cancelled=True) for seed in (5, 6)]] * 2
    assert [arm.trained for arm in data.arms] == [[], []]


def test_final_is_that_of_the_model_that_is_served(database: Database, worker: PlayedWorker) -> None:
    study_id, lease = create_study(database), worker.claim()
    worker.epoch(lease, 1)
    worker.succeed(lease, final={"epoch": 1, "val_accuracy": 0.7, "train_loss": math.inf})
    final = read(database, study_id).arms[0].runs[0].final
    assert math.isnan(final["loss"] or 0.0)
    assert {name: value for name, value in final.items() if name != "loss"} == {
        "accuracy": 0.8, "val_loss": 0.4, "val_accuracy": 0.7, "train_loss": math.inf,
    }  # fmt: skip


def test_conditions_are_those_of_the_arms_specs(database: Database) -> None:
    apart = {"base": {"dataset": {"name": "circles", "validation_fraction": 0.2}, "epochs": 2}}
    studies_of = [create_study(database, design) for design in (DESIGN, Design.model_validate(apart))]
    assert [read(database, study_id).conditions.validation_rows for study_id in studies_of] == [0, 100]


def ended(database: Database, worker: PlayedWorker, jobs: int) -> None:
    for _ in range(jobs):
        worker.succeed(worker.claim())


PLANNED = DESIGN.model_copy(update={"seeds": 4, "looks": [2, 4]})


def test_a_planned_look_is_at_its_own_seeds_and_no_others(database: Database, worker: PlayedWorker) -> None:
    study_id, seen = create_study(database, PLANNED), []
    for jobs in (3, 1, 3, 1):
        ended(database, worker, jobs)
        data = read(database, study_id)
        assert (data.looks, data.conditions.planned) == ((2, 4), (2, 4))
        seen.append((data.conditions.looks, [[run.seed for run in arm.runs] for arm in data.arms], data.partial))
    assert seen == [
        ((), [[5, 6], [5]], True),
        ((2,), [[5, 6], [5, 6]], True),
        ((2,), [[5, 6], [5, 6]], True),
        ((2, 4), [[5, 6, 7, 8]] * 2, False),
    ]


def test_a_study_that_went_on_after_its_last_look_has_no_plan(database: Database, worker: PlayedWorker) -> None:
    study_id = create_study(database, PLANNED)
    ended(database, worker, 8)
    with database.write() as session:
        studies.grow(session, study_id, studies.planned(arms(PLANNED)), 5, now=time.time())
    ended(database, worker, 2)
    data = read(database, study_id)
    assert (data.looks, data.conditions.planned, data.conditions.looks) == ((2, 4), (), (2, 4, 5))
    assert Design.model_validate(data.design) == PLANNED.model_copy(update={"seeds": 5, "looks": None})


def test_claims_are_those_that_the_study_was_created_with(database: Database) -> None:
    claim = {
        "text": "it helps", "source": None, "arm": "placement=after_activation", "against": "placement=none",
        "metric": "val_accuracy", "is": "equal", "margin": 0.01,
    }  # fmt: skip
    study_id = create_study(database, Design.model_validate({**DESIGN.model_dump(mode="json"), "claims": [claim]}))
    [found] = read(database, study_id).claims
    assert asdict(found) == {**{name: value for name, value in claim.items() if name != "is"}, "is_": "equal"}


def test_the_rows_of_a_dataset_that_an_arm_names_are_known_from_its_jobs(database: Database, tmp_path: Path) -> None:
    (tmp_path / "accepted.npz").write_bytes(b"arrays")
    found = {"task": "classification", "row_shape": [3], "labels": [0, 1], "rows": 10, "train_rows": 8, "test_rows": 2}
    upload = AcceptedUpload("0" * 64, FileOptions(format="csv"), found, tmp_path / "accepted.npz")
    design = Design.model_validate(
        {**DESIGN.model_dump(mode="json"), "grid": {"dataset": ["circles", "own"]}, "baseline": None}
    )
    with database.write() as session:
        datasets.put(session, "own", upload, now=1.0)
        known = [replace(arm, spec=datasets.resolved(session, arm.spec)) for arm in arms(design)]
        study_id = studies.create(session, design, studies.planned(known), now=1.0).id
    data = read(database, study_id)
    assert (data.conditions.test_rows, data.specs[1]["dataset"]["train_rows"]) == (2, 8)


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
