from service.database.engine import Database
from service.store import job_queries, jobs, leases
from tests.support.job_states import SPEC, bring_to, claim, submit, succeed
from tests.support.played_worker import METRICS


def test_pages_go_from_new_to_old_and_say_whether_there_is_more(database: Database) -> None:
    ids = [submit(database) for _ in range(5)][::-1]
    with database.read() as session:
        first = job_queries.page(session, limit=3, after=None)
        rest = job_queries.page(session, limit=3, after=first.next)
    assert [job.id for job in [*first.items, *rest.items]] == ids
    assert rest.next is None


def test_columns_and_tags_narrow_a_page(database: Database) -> None:
    with database.write() as session:
        tagged = jobs.submit(session, SPEC, now=1.0, name="a", tags={"run": "1"}).id
    submit(database)
    with database.read() as session:
        found = job_queries.page(session, limit=9, after=None, name="a", status="queued")
        assert [job.id for job in found.items] == [tagged]
        assert [job.id for job in job_queries.page(session, limit=9, after=None, tag=("run", "1")).items] == [tagged]
        assert job_queries.page(session, limit=9, after=None, tag=("run", "2")).items == []
        assert len(job_queries.page(session, limit=9, after=None, name=None).items) == 2


def test_metrics_and_events_go_on_where_the_reader_was(database: Database) -> None:
    job_id = submit(database)
    lease = claim(database)
    with database.write() as session:
        leases.record_epochs(session, lease, {1: METRICS, 2: METRICS})
    with database.read() as session:
        assert job_queries.metric_columns(session, job_id)["epoch"] == [1, 2]
        assert job_queries.metric_columns(session, job_id, after=1)["epoch"] == [2]
        events, ended = job_queries.events_after(session, job_id, 0)
    assert [event.kind for event in events] == ["status", "status", "epoch", "epoch"]
    assert [event.number for event in events] == sorted({event.number for event in events})
    assert not ended
    with database.write() as session:
        succeed(session, lease)
    with database.read() as session:
        later, ended = job_queries.events_after(session, job_id, events[-1].number)
    assert [event.data["status"] for event in later] == ["succeeded"]
    assert ended


def test_jobs_are_counted_by_status_and_the_oldest_queued_one_is_known(database: Database) -> None:
    with database.read() as session:
        assert (job_queries.counts_by_status(session), job_queries.oldest_queued_at(session)) == ({}, None)
    for status in ("failed", "cancelled", "queued"):
        bring_to(database, status)
    with database.read() as session:
        assert job_queries.counts_by_status(session) == {"failed": 1, "cancelled": 1, "queued": 1}
        assert job_queries.oldest_queued_at(session) == 1.0
