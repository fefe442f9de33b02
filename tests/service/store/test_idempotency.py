import pytest
from sqlalchemy import text

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.errors import Invalid
from service.store import idempotency, jobs

DAY = idempotency.KEPT_SECONDS


def submit(database: Database, key: str, now: float) -> str:
    with database.write() as session:
        job_id = jobs.submit(session, TrainingSpec.model_validate({"dataset": "circles"}), now=now).id
        idempotency.remember(session, key, b"body", now=now, job_id=job_id)
        return job_id


def made_by(database: Database, key: str, body: bytes = b"body") -> str | None:
    with database.read() as session:
        return idempotency.made_by(session, key, body)


def test_a_key_means_what_it_made_and_no_other_body(database: Database) -> None:
    job_id = submit(database, "k", 1.0)
    assert made_by(database, "k") == job_id
    assert made_by(database, "other") is None
    with pytest.raises(Invalid, match="another body"):
        made_by(database, "k", b"other")


def test_keys_are_forgotten_after_a_day(database: Database) -> None:
    old, young = submit(database, "old", 1.0), submit(database, "young", 1000.0)
    submit(database, "new", DAY + 10)
    assert (made_by(database, "old"), made_by(database, "young")) == (None, young)
    with database.read() as session:
        assert jobs.get(session, old).status == "queued"


def test_keys_of_the_release_before_have_their_day_from_now_on(database: Database) -> None:
    job_id = submit(database, "k", 1.0)
    with database.write() as session:
        session.execute(text("UPDATE idempotency_keys SET created_at = NULL"))
    submit(database, "second", 2 * DAY)
    assert made_by(database, "k") == job_id
    submit(database, "third", 3 * DAY + 1)
    assert made_by(database, "k") is None
