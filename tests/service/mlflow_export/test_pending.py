import time

import pytest

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.mlflow_export import pending
from service.mlflow_export.pending import FIRST_PAUSE, LEASE_SECONDS, LONGEST_PAUSE
from service.store import jobs
from tests.support.played_worker import PlayedWorker

NOW = 1000.0


def submitted(database: Database) -> str:
    with database.write() as session:
        return jobs.submit(session, TrainingSpec.model_validate({"dataset": "circles"}), now=time.time()).id


def take(database: Database, now: float = NOW) -> str | None:
    with database.write() as session:
        return pending.take(session, now=now)


def log(database: Database, job_id: str) -> None:
    with database.write() as session:
        pending.logged(session, pending.read_finished_job(session, job_id))


def test_each_ended_job_is_taken_once(database: Database, worker: PlayedWorker) -> None:
    ids = [submitted(database) for _ in range(3)]
    assert take(database) is None
    worker.succeed(worker.claim())
    worker.fail(worker.claim())
    assert [take(database), take(database), take(database)] == [*ids[:2], None]
    for job_id in ids[:2]:
        log(database, job_id)
    assert take(database, NOW + 2 * LEASE_SECONDS) is None


def test_what_a_killed_worker_had_taken_is_taken_again(database: Database, worker: PlayedWorker) -> None:
    job_id = submitted(database)
    worker.succeed(worker.claim())
    assert take(database) == job_id
    assert take(database, NOW + LEASE_SECONDS - 1) is None
    assert take(database, NOW + LEASE_SECONDS) == job_id


def test_pauses_double_up_to_the_longest(database: Database, worker: PlayedWorker) -> None:
    job_id = submitted(database)
    worker.succeed(worker.claim())
    now, pauses = NOW, []
    for _ in range(9):
        assert take(database, now) == job_id
        with database.write() as session:
            pending.failed(session, job_id, now=now)
        pauses.append(next(pause for pause in range(1000) if take(database, now + pause)))
        now += 10_000
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_failed_job_that_is_retried_is_logged_again(database: Database, worker: PlayedWorker) -> None:
    job_id = submitted(database)
    worker.fail(worker.claim())
    assert take(database) == job_id
    log(database, job_id)
    with database.write() as session:
        jobs.retry(session, job_id, now=time.time())
    assert take(database) is None
    worker.succeed(worker.claim())
    assert take(database) == job_id


def test_a_job_that_never_started_is_left_out(database: Database) -> None:
    job_id = submitted(database)
    with database.write() as session:
        jobs.cancel(session, job_id, now=time.time())
    assert take(database) is None


def test_a_job_deleted_meanwhile_is_no_error(database: Database, worker: PlayedWorker) -> None:
    job_id = submitted(database)
    worker.succeed(worker.claim())
    assert take(database) == job_id
    with database.read() as session:
        job = pending.read_finished_job(session, job_id)
    with database.write() as session:
        jobs.remove(session, job_id)
    with database.write() as session:
        pending.logged(session, job)
        pending.failed(session, job_id, now=NOW)
    assert take(database, NOW + 2 * LEASE_SECONDS) is None


def test_all_that_is_logged_is_loaded(database: Database, worker: PlayedWorker) -> None:
    job_id = submitted(database)
    lease = worker.claim()
    worker.epoch(lease, 1, loss=float("nan"))
    worker.succeed(lease)
    with database.read() as session:
        job = pending.read_finished_job(session, job_id)
    assert (job.status, job.metrics["epoch"], job.metrics["loss"]) == ("succeeded", [1], ["NaN"])
    assert job.onnx
    assert job.result
    assert job.finished_at >= job.started_at == pytest.approx(time.time(), abs=60)
