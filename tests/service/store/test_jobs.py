import pytest
from sqlalchemy import text

from service.database.engine import Database
from service.errors import Conflict, NotFound
from service.store import jobs, leases
from tests.support.job_states import SPEC, bring_to, claim, status, succeed
from tests.support.played_worker import METRICS

DIAGNOSIS = {"training_mode_accuracy": 0.9, "inference_mode_accuracy": 0.5, "layers": []}


@pytest.mark.parametrize(
    ("change", "legal"),
    [
        ("cancel", {"queued": "cancelled", "running": "cancelled"}),
        ("retry", {"failed": "queued", "cancelled": "queued"}),
        ("remove", {"succeeded": None, "failed": None, "cancelled": None}),
    ],
)
@pytest.mark.parametrize("before", ["queued", "running", "succeeded", "failed", "cancelled"])
def test_what_clients_may_do(database: Database, change: str, legal: dict[str, str | None], before: str) -> None:
    job_id = bring_to(database, before)
    clock = {} if change == "remove" else {"now": 4.0}
    if before not in legal:
        with pytest.raises(Conflict, match=before), database.write() as session:
            getattr(jobs, change)(session, job_id, **clock)
        assert status(database, job_id) == before
        return
    with database.write() as session:
        getattr(jobs, change)(session, job_id, **clock)
    if legal[before] is None:
        with pytest.raises(NotFound):
            status(database, job_id)
    else:
        assert status(database, job_id) == legal[before]


def test_deleting_a_job_leaves_nothing_behind(database: Database) -> None:
    with database.write() as session:
        job_id = jobs.submit(session, SPEC, now=1.0, tags={"a": "b"}).id
    lease = claim(database)
    with database.write() as session:
        leases.record_epochs(session, lease, {1: METRICS}, {1: DIAGNOSIS})
        leases.record_checkpoint(session, lease, 1, b"state" * 1_000_000)
        succeed(session, lease)
    with database.write() as session:
        jobs.remove(session, job_id)
    with database.read() as session:
        for table in (
            "jobs", "job_tags", "epochs", "diagnostics", "status_changes", "models", "checkpoints", "blobs",
            "blob_chunks",
        ):  # fmt: skip
            assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
