import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bn_models.plan.program_key import program_key
from service.database.engine import Database
from service.store import diagnostics, job_queries, jobs, leases
from service.store.leases import Lease, LeaseLost
from tests.support.job_states import SPEC, claim, fail, lose, release, status, submit, succeed
from tests.support.played_worker import METRICS

DIAGNOSIS = {"training_mode_accuracy": 0.9, "inference_mode_accuracy": 0.5, "layers": []}


@pytest.mark.parametrize(
    ("write", "after"), [(succeed, "succeeded"), (fail, "failed"), (lose, "queued"), (release, "queued")]
)
def test_what_the_owner_of_the_lease_may_do(
    database: Database, write: Callable[[Session, Lease], None], after: str
) -> None:
    job_id = submit(database)
    lease = claim(database)
    with database.write() as session:
        write(session, lease)
    assert status(database, job_id) == after
    with pytest.raises(LeaseLost), database.write() as session:  # once only
        write(session, lease)


@pytest.mark.parametrize("write", [succeed, fail, lose, release])
def test_a_stale_worker_cannot_overwrite_a_newer_attempt(
    database: Database, write: Callable[[Session, Lease], None]
) -> None:
    job_id = submit(database)
    stale = claim(database)
    with database.write() as session:
        leases.expire(session, max_attempts=3, now=100.0)
    newer = claim(database, now=101.0)
    with pytest.raises(LeaseLost), database.write() as session:
        write(session, stale)
    with pytest.raises(LeaseLost), database.write() as session:
        leases.record_epochs(session, stale, {1: METRICS})
    with pytest.raises(LeaseLost), database.write() as session:
        leases.record_checkpoint(session, stale, 1, b"state")
    assert (status(database, job_id), newer.attempt) == ("running", 2)
    with database.read() as session:
        assert leases.lost(session, [stale, newer]) == [stale]


def test_each_job_is_claimed_once_by_eight_threads(database: Database) -> None:
    submitted = {submit(database) for _ in range(200)}
    claimed: list[str] = []

    def work() -> None:
        while True:
            with database.write() as session:
                lease = leases.claim(session, lease_seconds=10, now=2.0)
            if lease is None:
                return
            claimed.append(lease.job_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 200
    assert set(claimed) == submitted


def test_higher_priority_first_then_older(database: Database) -> None:
    low, high, also_low = submit(database), submit(database, priority=5), submit(database)
    assert [claim(database).job_id for _ in range(3)] == [high, low, also_low]


def test_jobs_whose_program_is_at_hand_come_first_within_their_priority(database: Database) -> None:
    wide = SPEC.model_copy(update={"batch_size": 64})
    first, preferred = submit(database), submit(database, spec=wide)
    urgent, also_preferred = submit(database, priority=1), submit(database, spec=wide)
    held = [program_key(wide)]
    claimed = [claim(database, preferred=held).job_id for _ in range(4)]
    assert claimed == [urgent, preferred, also_preferred, first]


def test_attempts_end_in_failure_with_every_reason_on_record(database: Database) -> None:
    job_id = submit(database)
    for _ in range(3):
        lease = claim(database)
        with database.write() as session:
            lose(session, lease)
    with database.read() as session:
        job = jobs.get(session, job_id)
        events, ended = job_queries.events_after(session, job_id, 0)
    assert (job.status, job.attempt) == ("failed", 3)
    assert job.error == {"type": "TrainerCrashed", "message": "attempt 3 of 3: SIGKILL"}
    reasons = [event.data["reason"] for event in events if event.data["reason"]]
    assert reasons == [f"attempt {n} of 3: SIGKILL" for n in (1, 2, 3)]
    assert ended


def test_a_released_attempt_does_not_count(database: Database) -> None:
    submit(database)
    for _ in range(5):
        lease = claim(database)
        assert lease.attempt == 1
        with database.write() as session:
            release(session, lease)


def test_a_renewed_lease_does_not_expire(database: Database) -> None:
    job_id = submit(database)
    lease = claim(database, now=0.0)
    with database.write() as session:
        leases.renew(session, [lease], lease_seconds=10, now=9.0)
        assert leases.expire(session, max_attempts=3, now=18.0) == 0
        assert leases.expire(session, max_attempts=3, now=20.0) == 1
    assert status(database, job_id) == "queued"


def test_the_next_attempt_goes_on_from_the_checkpoint(database: Database) -> None:
    job_id = submit(database)
    lease = claim(database)
    with database.write() as session:
        assert leases.resume(session, lease) is None
        leases.record_epochs(session, lease, {1: METRICS, 2: METRICS}, {1: DIAGNOSIS, 2: DIAGNOSIS})
        leases.record_checkpoint(session, lease, 1, b"after epoch 1")
        lose(session, lease)
    lease = claim(database)
    with database.write() as session:
        assert leases.resume(session, lease) == b"after epoch 1"
        assert diagnostics.columns(session, job_id)["epoch"] == [1]
        leases.record_epochs(session, lease, {2: METRICS, 3: METRICS})
        succeed(session, lease)
    with database.read() as session:
        job = jobs.get(session, job_id)
        assert job.result is not None
        assert job.result["resumed_from"] == [1]
        assert job_queries.metric_columns(session, job_id)["epoch"] == [1, 2, 3]


def test_numbers_that_are_not_finite_survive(database: Database) -> None:
    job_id = submit(database)
    lease = claim(database)
    with database.write() as session:
        diverged = {**METRICS, "loss": float("nan"), "val_loss": float("inf"), "accuracy": float("-inf")}
        leases.record_epochs(session, lease, {1: diverged})
    with database.read() as session:
        columns = job_queries.metric_columns(session, job_id)
    assert (columns["loss"], columns["val_loss"], columns["accuracy"]) == (["NaN"], ["Infinity"], ["-Infinity"])


def test_any_queued_sees_only_queued_jobs(database: Database) -> None:
    submit(database)
    with database.read() as session:
        assert leases.any_queued(session)
    claim(database)
    with database.read() as session:
        assert not leases.any_queued(session)


def test_a_damaged_checkpoint_is_dropped_and_the_run_starts_anew(database: Database) -> None:
    job_id = submit(database)
    lease = claim(database)
    with database.write() as session:
        leases.record_epochs(session, lease, {1: METRICS})
        leases.record_checkpoint(session, lease, 1, b"state")
        release(session, lease)
    with database.write() as session:
        session.execute(text("UPDATE blob_chunks SET data = x'00'"))
    lease = claim(database)
    with database.write() as session:
        assert leases.resume(session, lease) is None
        assert jobs.get(session, job_id).epoch == 0
        assert job_queries.metric_columns(session, job_id)["epoch"] == []
        assert leases.resume(session, lease) is None
