from sqlalchemy import text

from service.database.engine import Database
from service.store import checkpoints
from tests.support.job_states import submit


def test_the_newest_checkpoint_replaces_the_one_before_and_its_bytes(database: Database) -> None:
    job_id = submit(database)
    with database.write() as session:
        assert checkpoints.load(session, job_id) is None
        checkpoints.store(session, job_id, 1, b"first" * 300_000)
        checkpoints.store(session, job_id, 2, b"second")
        session.flush()
        assert checkpoints.load(session, job_id) == (2, b"second")
        assert session.execute(text("SELECT count(*) FROM blobs")).scalar_one() == 1
        checkpoints.remove(session, job_id)
        assert checkpoints.load(session, job_id) is None
        assert session.execute(text("SELECT count(*) FROM blob_chunks")).scalar_one() == 0
