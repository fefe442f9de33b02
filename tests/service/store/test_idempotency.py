import pytest

from service.database.engine import Database
from service.errors import Invalid
from service.store import idempotency, jobs
from tests.support.job_states import SPEC


def test_a_key_means_what_it_made_and_nothing_made_from_another_body(database: Database) -> None:
    with database.write() as session:
        assert idempotency.made_by(session, "k", b"body") is None
        job_id = jobs.submit(session, SPEC, now=1.0).id
        idempotency.remember(session, "k", b"body", job_id=job_id)
    with database.read() as session:
        assert idempotency.made_by(session, "k", b"body") == job_id
        with pytest.raises(Invalid, match="another body"):
            idempotency.made_by(session, "k", b"other")
