from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bn_models.spec import TrainingSpec
from bn_models.spec.study import Design, arms
from service.database.engine import Database
from service.errors import Conflict, Invalid
from service.store import datasets, jobs, studies
from service.store.datasets import AcceptedUpload
from service.store.upload_options import FileOptions
from tests.support.clock import Clock
from tests.support.scripted_executor import ScriptedExecutor, supervisor_of

FOUND: dict[str, Any] = {
    "task": "classification", "row_shape": [3], "labels": ["a", "b"], "rows": 10, "train_rows": 8, "test_rows": 2,
}  # fmt: skip
MINE = TrainingSpec.model_validate({"dataset": "mine"})


@pytest.fixture
def upload(tmp_path: Path) -> AcceptedUpload:
    file = tmp_path / "accepted.npz"
    file.write_bytes(b"arrays" * 300_000)
    return AcceptedUpload("0" * 64, FileOptions(format="csv"), FOUND, file)


def store(database: Database, upload: AcceptedUpload) -> None:
    with database.write() as session:
        datasets.put(session, "mine", upload, now=1.0)


def test_a_submitted_spec_is_completed(database: Database, upload: AcceptedUpload) -> None:
    store(database, upload)
    with database.write() as session:
        dataset = jobs.submit(session, MINE, now=2.0).spec["dataset"]
    assert (dataset["row_shape"], dataset["labels"], dataset["train_rows"]) == ([3], ["a", "b"], 8)


def test_a_study_planned_with_a_dataset_that_was_replaced_is_not_stored(
    database: Database, upload: AcceptedUpload
) -> None:
    store(database, upload)
    design = Design(base=MINE)
    with database.read() as session:
        plan = studies.planned([replace(arm, spec=datasets.resolved(session, arm.spec)) for arm in arms(design)])
    upload.file.write_bytes(b"other arrays")
    store(database, upload)
    with database.write() as session, pytest.raises(Invalid, match="it was replaced"):
        studies.create(session, design, plan, now=2.0)


def test_an_unknown_dataset_cannot_be_submitted(database: Database) -> None:
    with database.write() as session, pytest.raises(Invalid, match=r"no dataset 'mine'; there are circles"):
        jobs.submit(session, MINE, now=2.0)


def test_what_a_job_uses_stays(database: Database, upload: AcceptedUpload) -> None:
    store(database, upload)
    with database.write() as session:
        jobs.submit(session, MINE, now=2.0)
        with pytest.raises(Conflict, match="used by job"):
            datasets.put(session, "mine", upload, now=3.0)
        with pytest.raises(Conflict, match="used by job"):
            datasets.remove(session, "mine")


def test_a_trainer_is_given_the_file_which_is_made_again_when_it_is_gone(
    database: Database, upload: AcceptedUpload, tmp_path: Path
) -> None:
    store(database, upload)
    with database.write() as session:
        spec = jobs.submit(session, MINE, now=2.0).spec
    executor = ScriptedExecutor()
    supervisor_of(database, executor, Clock()).step()
    [assignment] = executor.running.values()
    assert assignment.dataset_file is not None
    assert assignment.dataset_file.read_bytes() == upload.file.read_bytes()
    folder = tmp_path / "cache"
    for _ in range(2):
        file = datasets.file_of(database, spec, folder)
        assert file is not None
        assert [*folder.iterdir()] == [file]
        file.unlink()


def test_a_trainer_is_told_the_names_that_a_table_has_and_an_array_has_not(
    database: Database, upload: AcceptedUpload
) -> None:
    named = {**FOUND, "columns": [{"name": name, "dtype": "float"} for name in ("b", "a", "ü")]}
    for format, names in (("csv", ("b", "a", "ü")), ("npz", ())):
        store(database, replace(upload, found=named, options=FileOptions(format=format)))
        with database.write() as session:
            job = jobs.submit(session, MINE, now=2.0)
        executor = ScriptedExecutor()
        supervisor_of(database, executor, Clock()).step()
        assert [assignment.columns for assignment in executor.running.values()] == [names]
        with database.write() as session:
            jobs.cancel(session, job.id, now=3.0)
            jobs.remove(session, job.id)
    assert datasets.columns_of(database, {"dataset": {"name": "circles"}}) == ()


def test_a_damaged_dataset_fails_the_job_and_not_the_worker(database: Database, upload: AcceptedUpload) -> None:
    upload.file.write_bytes(b"other arrays")
    store(database, upload)
    with database.write() as session:
        job = jobs.submit(session, MINE, now=2.0).id
        session.execute(text("UPDATE blob_chunks SET data = x'00'"))
    executor = ScriptedExecutor()
    supervisor_of(database, executor, Clock()).step()
    assert executor.running == {}
    with database.read() as session:
        failed = jobs.get(session, job)
    assert failed.status == "failed"
    assert failed.error is not None
    assert "damaged" in failed.error["message"]
