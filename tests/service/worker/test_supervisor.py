"""The supervisor against a real database and an executor that says what it is told to say."""

from dataclasses import asdict, replace

import pytest
from sqlalchemy.exc import OperationalError

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.store import diagnostics, job_queries, jobs, workers
from service.worker.messages import Crashed, EpochDone, Failed, Finished
from service.worker.supervisor import Supervisor
from tests.support.clock import Clock
from tests.support.played_worker import METRICS, RESULT
from tests.support.scripted_executor import ScriptedExecutor, supervisor_of

TRAINED = replace(RESULT, final=METRICS)
FINISHED = Finished(TRAINED, b"onnx", b"keras")


@pytest.fixture
def executor() -> ScriptedExecutor:
    return ScriptedExecutor()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervisor(database: Database, executor: ScriptedExecutor, clock: Clock) -> Supervisor:
    return supervisor_of(database, executor, clock)


def submit(database: Database, max_seconds: float | None = None, batch_size: int = 32) -> str:
    spec = TrainingSpec.model_validate({"dataset": "circles", "epochs": 2, "batch_size": batch_size})
    with database.write() as session:
        return jobs.submit(session, spec, now=1.0, max_seconds=max_seconds).id


def state(database: Database, job_id: str) -> tuple[str, int]:
    with database.read() as session:
        job = jobs.get(session, job_id)
        return job.status, job.attempt


def epochs(database: Database, job_id: str) -> list[int]:
    with database.read() as session:
        found: list[int] = job_queries.metric_columns(session, job_id)["epoch"]
    return found


def test_a_job_from_the_queue_to_its_model(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor
) -> None:
    job_id = submit(database)
    supervisor.step()
    [(token, assignment)] = executor.running.items()
    assert assignment.spec["epochs"] == 2
    assert state(database, job_id) == ("running", 1)
    seen = {"training_mode_accuracy": 0.9, "layers": []}
    executor.said = [(token, EpochDone(1, METRICS)), (token, EpochDone(2, METRICS, seen)), (token, FINISHED)]
    supervisor.step()
    assert state(database, job_id) == ("succeeded", 1)
    assert epochs(database, job_id) == [1, 2]
    with database.read() as session:
        assert jobs.get(session, job_id).result == {**asdict(TRAINED), "resumed_from": []}
        expected = {"epoch": [2], "training_mode_accuracy": [0.9], "layers": []}
        assert diagnostics.columns(session, job_id) == expected


def test_no_more_jobs_than_slots(database: Database, executor: ScriptedExecutor, supervisor: Supervisor) -> None:
    submitted = [submit(database) for _ in range(3)]
    supervisor.step()
    assert [state(database, job_id)[0] for job_id in submitted] == ["running", "running", "queued"]


def test_trainers_get_jobs_of_their_programs_without_starving_others(
    database: Database, executor: ScriptedExecutor, clock: Clock
) -> None:
    executor.slots = 1
    supervisor = supervisor_of(database, executor, clock)
    other = submit(database, batch_size=8)
    same = [submit(database) for _ in range(20)]
    with database.read() as session:
        executor.held = {jobs.get(session, same[0]).program}
    started: list[int] = []
    while executor.running or not started:
        supervisor.step()
        for token, assignment in executor.running.items():
            started.append(assignment.spec["batch_size"])
            executor.said = [(token, FINISHED)]
    assert started.count(8) == 1
    assert 8 < started.index(8) < 20
    assert state(database, other)[0] == "succeeded"


def test_metrics_are_written_every_half_second(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor, clock: Clock
) -> None:
    job_id = submit(database)
    supervisor.step()
    [token] = executor.running
    clock.now += 0.1
    executor.said = [(token, EpochDone(1, METRICS))]
    supervisor.step()
    assert epochs(database, job_id) == []
    clock.now += 0.5
    supervisor.step()
    assert epochs(database, job_id) == [1]


def test_a_cancelled_job_loses_its_trainer_in_the_next_step(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor
) -> None:
    job_id = submit(database)
    supervisor.step()
    [token] = executor.running
    with database.write() as session:
        jobs.cancel(session, job_id, now=2.0)
    executor.said = [(token, FINISHED)]  # too late
    supervisor.step()
    assert executor.killed == [token]
    assert state(database, job_id)[0] == "cancelled"


def test_a_result_that_comes_after_the_lease_is_lost_is_discarded(
    database: Database, executor: ScriptedExecutor, clock: Clock
) -> None:
    job_id = submit(database)
    slow = supervisor_of(database, executor, clock)
    slow.step()
    [stale] = executor.running
    clock.now += 11
    other_executor = ScriptedExecutor()
    supervisor_of(database, other_executor, clock, "w2").step()
    assert state(database, job_id) == ("running", 2)
    executor.said = [(stale, FINISHED)]
    slow.step()
    assert state(database, job_id) == ("running", 2)
    assert list(other_executor.running)


def test_leases_are_renewed_while_a_job_runs(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor, clock: Clock
) -> None:
    job_id = submit(database)
    for _ in range(20):
        supervisor.step()
        clock.now += 4
    assert state(database, job_id) == ("running", 1)


def test_a_run_over_its_time_limit_is_killed_and_tried_again(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor, clock: Clock
) -> None:
    job_id = submit(database, max_seconds=2)
    for attempt in (1, 2, 3):
        supervisor.step()
        assert state(database, job_id) == ("running", attempt)
        clock.now += 2.5
        supervisor._kill_overdue(clock.now)
    assert state(database, job_id) == ("failed", 3)
    assert len(executor.killed) == 3
    with database.read() as session:
        error = jobs.get(session, job_id).error
    assert error is not None
    assert error["type"] == "TimeLimitExceeded"
    assert "max_seconds = 2" in error["message"]


def test_a_crash_is_an_attempt_and_a_failure_is_the_end(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor
) -> None:
    crashing, failing = submit(database), submit(database)
    supervisor.step()
    first, second = executor.running
    executor.said = [(first, Crashed("killed by SIGSEGV")), (second, Failed("DatasetError", "no such file"))]
    supervisor.step()
    assert state(database, crashing) == ("running", 2)
    assert state(database, failing) == ("failed", 1)


def test_stopping_gives_jobs_back_with_their_checkpoints(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor, clock: Clock
) -> None:
    job_id = submit(database)
    supervisor.step()
    [token] = executor.running
    executor.said = [(token, EpochDone(1, METRICS))]
    supervisor.stop(grace_seconds=5)
    assert executor.closed
    assert state(database, job_id) == ("queued", 0)
    with database.read() as session:
        assert not workers.any_alive(session, now=clock.now)
    again = ScriptedExecutor()
    supervisor_of(database, again, clock).step()
    assert [assignment.checkpoint for assignment in again.running.values()] == [b"state"]


def test_trainers_that_do_not_stop_in_time_give_their_jobs_back_too(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor
) -> None:
    job_id = submit(database)
    supervisor.step()
    supervisor.stop(grace_seconds=0)
    assert state(database, job_id) == ("queued", 0)


def test_what_could_not_be_written_is_written_later(
    database: Database, executor: ScriptedExecutor, supervisor: Supervisor
) -> None:
    job_id = submit(database)
    supervisor.step()
    [token] = executor.running
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE models RENAME TO elsewhere")
        connection.commit()
    executor.said = [(token, FINISHED)]
    with pytest.raises(OperationalError, match="models"):
        supervisor.step()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO models")
        connection.commit()
    supervisor.step()
    assert state(database, job_id)[0] == "succeeded"


def test_the_worker_says_that_it_is_alive(database: Database, supervisor: Supervisor, clock: Clock) -> None:
    supervisor.step()
    with database.read() as session:
        assert workers.any_alive(session, now=clock.now + 29)
        assert not workers.any_alive(session, now=clock.now + 31)


def test_the_worker_says_so_however_long_its_leases_are(
    database: Database, executor: ScriptedExecutor, clock: Clock
) -> None:
    supervisor = supervisor_of(database, executor, clock, lease_seconds=3600)
    for _ in range(120):
        supervisor.step()
        with database.read() as session:
            assert workers.any_alive(session, now=clock.now)
        clock.now += 5
