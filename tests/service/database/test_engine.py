from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from service.database.engine import FIXED_SQLITE, Database, sqlite_module


def test_sqlite_is_one_without_the_wal_bug() -> None:
    assert sqlite_module().sqlite_version_info >= FIXED_SQLITE


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("page_size", 8192), ("busy_timeout", 15000)],
)
def test_connections_are_prepared(database: Database, pragma: str, value: object) -> None:
    with database.read() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_a_writer_that_reads_first_holds_the_lock_already(database: Database, tmp_path: Path) -> None:
    other = sqlite_module().connect(str(tmp_path / "bnlab.db"), isolation_level=None, timeout=0)
    with database.write() as session:
        session.execute(text("SELECT count(*) FROM jobs"))
        with pytest.raises(sqlite_module().OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_readers_do_not_wait_for_writers(database: Database) -> None:
    with database.write() as writer, database.read() as reader:
        writer.execute(text("INSERT INTO workers VALUES ('w', 1.0, 2)"))
        assert reader.execute(text("SELECT count(*) FROM workers")).scalar_one() == 0


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def write_then_fail() -> None:
        with database.write() as session:
            session.execute(text("INSERT INTO workers VALUES ('w', 1.0, 2)"))
            session.execute(text("INSERT INTO nonsense VALUES (1)"))

    with pytest.raises(OperationalError):
        write_then_fail()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM workers")).scalar_one() == 0
