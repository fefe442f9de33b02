import threading
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from bn_models.spec import TrainingSpec
from service.database import migrate
from service.database.engine import Database
from service.database.migrate import DatabaseTooNew
from service.database.tables import Base
from service.store import jobs, leases, studies


def test_upgrade_makes_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        command.check(migrate.alembic_config(connection))


def test_downgrade_leaves_nothing_and_upgrade_comes_back(database: Database) -> None:
    with database.engine.begin() as connection:
        command.downgrade(migrate.alembic_config(connection), "base")
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    assert migrate.is_current(database)


def test_upgrade_keeps_what_the_first_version_stored(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.begin() as connection:
        command.upgrade(migrate.alembic_config(connection), "0001")
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO jobs VALUES ('j', NULL, NULL, :spec, 'circles', 'none', 'relu', 'queued', 0, NULL, 1.0, "
                "NULL, NULL, 0, NULL, NULL, 0, 3, '[]', NULL, NULL, 1)"
            ),
            {"spec": TrainingSpec.model_validate({"dataset": "circles", "epochs": 3}).model_dump_json()},
        )
        session.execute(text("INSERT INTO status_changes VALUES ('j', 1, 'queued', 0, 1.0, NULL)"))
        session.execute(text("INSERT INTO job_tags VALUES ('j', 'color', 'red')"))
    migrate.upgrade(database)
    with database.write() as session:
        lease = leases.claim(session, lease_seconds=10, now=2.0)
        assert lease is not None
        assert lease.job_id == "j"
        assert [tag.value for tag in jobs.get(session, "j").tags] == ["red"]
    database.close()


def test_studies_that_grew_before_sizes_were_kept_have_those_of_their_jobs(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.begin() as connection:
        command.upgrade(migrate.alembic_config(connection), "0009")
        for study in ("grown", "not"):
            connection.execute(
                text(
                    "INSERT INTO studies (id, design, tags, priority, created_at) VALUES (:id, :design, '{}', 0, 1.0)"
                ),
                {"id": study, "design": '{"seeds": 5}'},
            )
        for number, made in enumerate([1.0, 1.0, 2.0, 3.0, 3.0]):
            for arm, study in ((0, "grown"), (1, "grown"), (0, "not")):
                connection.execute(
                    text(
                        "INSERT INTO jobs (id, study_id, arm, spec, dataset, placement, activation, status, priority, "
                        "created_at, attempt, epoch, epochs, resumed_from, last_event) "
                        "VALUES (:id, :study, :arm, '{}', 'c', 'none', 'relu', 'queued', 0, :made, 0, 0, 3, '[]', 1)"
                    ),
                    {
                        "id": f"{study}{arm}{number}",
                        "study": study,
                        "arm": arm,
                        "made": made if study == "grown" else 1.0,
                    },
                )
    migrate.upgrade(database)
    with database.read() as session:
        found = {study: studies.sizes(studies.get(session, study)) for study in ("grown", "not")}
    assert found == {"grown": [2, 3, 5], "not": [5]}
    database.close()


def test_upgrade_is_idempotent_and_keeps_rows(database: Database) -> None:
    with database.write() as session:
        session.execute(text("INSERT INTO workers VALUES ('w', 1.0, 2)"))
    migrate.upgrade(database)
    with database.read() as session:
        assert session.execute(text("SELECT id FROM workers")).scalar_one() == "w"


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(6)]
    failures: list[BaseException] = []

    def upgrade(database: Database) -> None:
        try:
            migrate.upgrade(database)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=upgrade, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(inspect(databases[0].engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    for database in databases:
        database.close()


def test_a_newer_database_is_refused_with_the_reason(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseTooNew, match=r"9999.*newer"):
        migrate.upgrade(database)


def test_tables_are_strict(database: Database) -> None:
    with database.read() as session:
        tables = session.execute(text("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")).all()
    assert {name for name, strict in tables if not strict} <= {"alembic_version", "sqlite_schema"}


def test_migrations_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database(database_url)
    migrate.upgrade(database)
    assert migrate.is_current(database)
    database.close()
