import time

import pytest

from bn_models.plan.program_key import program_key
from bn_models.spec import TrainingSpec
from bn_models.spec.study import Design, arms
from service.database.engine import Database
from service.database.tables import Job
from service.errors import Conflict, NotFound
from service.store import job_queries, jobs, leases, studies
from service.vocabulary import PLACEMENTS
from service.worker.supervisor import CLAIMS_BY_PROGRAM
from tests.support.played_worker import PlayedWorker

DESIGN = Design.model_validate(
    {
        "base": {"dataset": "circles", "epochs": 2},
        "grid": {"batch_norm.placement": ["none", "after_activation"]},
        "seeds": 2,
    }
)


PLAN = studies.planned(arms(DESIGN))


def create(database: Database) -> str:
    with database.write() as session:
        return studies.create(session, DESIGN, PLAN, now=1.0, name="placements", tags={"course": "dl"}).id


def summary(database: Database, study_id: str) -> studies.Summary:
    with database.read() as session:
        return studies.summary(session, studies.get(session, study_id))


def test_a_study_is_all_its_jobs(database: Database) -> None:
    study_id = create(database)
    found = summary(database, study_id)
    assert (found.status, found.counts["queued"], found.fraction) == ("running", 4, 0.0)
    with database.read() as session:
        specs = [[jobs.get(session, job_id).spec for job_id in ids] for ids in found.job_ids]
        assert jobs.get(session, found.job_ids[0][0]).study_id == study_id
        assert jobs.get(session, found.job_ids[0][0]).tags[0].value == "dl"
    assert [[(s["batch_norm"]["placement"], s["seed"]) for s in arm] for arm in specs] == [
        [("none", 0), ("none", 1)],
        [("after_activation", 0), ("after_activation", 1)],
    ]


def test_the_jobs_of_a_study_are_those_that_would_be_submitted_one_by_one(database: Database) -> None:
    study_id = create(database)
    with database.write() as session:
        for ids in studies.summary(session, studies.get(session, study_id)).job_ids:
            for job_id in ids:
                made = jobs.get(session, job_id)
                spec = TrainingSpec.model_validate(made.spec)
                assert made.program == program_key(spec)
                one = jobs.submit(session, spec, name=made.name, tags={"course": "dl"}, now=1.0)
                session.flush()
                own = ("id", "study_id", "arm")
                differing = [
                    column.key for column in Job.__table__.columns
                    if column.key not in own and getattr(made, column.key) != getattr(one, column.key)
                ]  # fmt: skip
                assert differing == []
                events = [job_queries.events_after(session, job.id, 0) for job in (made, one)]
                assert events[0] == events[1]


def test_runs_are_queued_seed_by_seed(database: Database) -> None:
    create(database)
    with database.read() as session:
        found = job_queries.page(session, limit=10, after=None)
    assert [job.name for job in reversed(found.items)] == [
        "placement=none, seed 0", "placement=after_activation, seed 0",
        "placement=none, seed 1", "placement=after_activation, seed 1",
    ]  # fmt: skip


def test_seeds_complete_together_though_workers_prefer_programs_that_they_hold(database: Database) -> None:
    """A program is held from its first claim on; until all are, a seed may wait for the claim that goes by age."""
    design = Design.model_validate(
        {"base": {"dataset": "circles", "epochs": 2}, "grid": {"batch_norm.placement": list(PLACEMENTS)}, "seeds": 30}
    )
    held, done = set[str](), dict.fromkeys(range(30), 0)
    with database.write() as session:
        studies.create(session, design, studies.planned(arms(design)), now=1.0)
        for number in range(1, 3 * 30 + 1):
            preferred = held if number % CLAIMS_BY_PROGRAM else set()
            lease = leases.claim(session, lease_seconds=1000, now=1.0, preferred=preferred)
            assert lease is not None
            held.add(lease.program)
            done[lease.spec["seed"]] += 1
            complete = [seed for seed, runs in done.items() if runs == 3]
            assert len(complete) >= (number - 3 * CLAIMS_BY_PROGRAM) / 3
            assert complete == list(range(len(complete)))


def test_progress_and_the_end(database: Database, worker: PlayedWorker) -> None:
    study_id = create(database)
    lease = worker.claim()
    worker.epoch(lease, 1)
    assert summary(database, study_id).fraction == 1 / 8
    worker.succeed(lease)
    worker.fail(worker.claim())
    for _ in range(2):
        worker.succeed(worker.claim())
    found = summary(database, study_id)
    assert (found.status, found.fraction) == ("finished", 1.0)
    assert (found.counts["succeeded"], found.counts["failed"]) == (3, 1)
    assert found.finished_at is not None


def test_growing_keeps_what_ran(database: Database, worker: PlayedWorker) -> None:
    study_id = create(database)
    worker.succeed(worker.claim())
    before = summary(database, study_id).job_ids
    with database.write() as session:
        study = studies.grow(session, study_id, PLAN, 3, now=2.0)
        assert studies.sizes(study) == [2, 3]
    found = summary(database, study_id)
    assert [ids[:2] for ids in found.job_ids] == before
    assert [len(ids) for ids in found.job_ids] == [3, 3]
    assert (found.status, found.counts["succeeded"]) == ("running", 1)
    with database.write() as session, pytest.raises(Conflict, match="can only grow"):
        studies.grow(session, study_id, PLAN, 3, now=3.0)


def test_cancel_ends_what_has_not_ended(database: Database, worker: PlayedWorker) -> None:
    study_id = create(database)
    worker.succeed(worker.claim())
    worker.claim()
    with database.write() as session:
        studies.cancel(session, study_id, now=2.0)
    found = summary(database, study_id)
    assert (found.status, found.counts["cancelled"], found.counts["succeeded"]) == ("cancelled", 3, 1)
    with database.write() as session, pytest.raises(Conflict, match="has ended already"):
        studies.cancel(session, study_id, now=3.0)
    with database.write() as session, pytest.raises(Conflict, match="is cancelled"):
        studies.grow(session, study_id, PLAN, 9, now=3.0)


def test_removal_takes_the_jobs_along(database: Database) -> None:
    study_id = create(database)
    [[job_id, _], _] = summary(database, study_id).job_ids
    with database.write() as session, pytest.raises(Conflict, match="cancel it"):
        studies.remove(session, study_id)
    with database.write() as session:
        studies.cancel(session, study_id, now=2.0)
    with database.write() as session:
        studies.remove(session, study_id)
    for find, name in ((studies.get, study_id), (jobs.get, job_id)):
        with database.read() as session, pytest.raises(NotFound):
            find(session, name)


def test_the_version_changes_with_every_event(database: Database, worker: PlayedWorker) -> None:
    study_id = create(database)

    def version() -> tuple[object, ...]:
        with database.read() as session:
            return studies.version(session, study_id)

    seen = [version()]
    lease = worker.claim()
    seen.append(version())
    worker.epoch(lease, 1)
    seen.append(version())
    worker.succeed(lease)
    seen.append(version())
    assert len(set(seen)) == 4


def test_a_thousand_jobs_are_one_short_transaction(database: Database) -> None:
    large = DESIGN.model_copy(update={"seeds": 500})
    begin = time.perf_counter()
    with database.write() as session:
        study_id = studies.create(session, large, PLAN, now=1.0).id
    print(f"1,000 jobs created in {time.perf_counter() - begin:.2f} s")  # noqa: T201
    assert summary(database, study_id).counts["queued"] == 1000
