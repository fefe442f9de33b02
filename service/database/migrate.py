"""Brings a database to this release's schema, by alembic and nothing else."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from service.database.engine import Database

MIGRATIONS = "migrations"
"""The package is found by its name and not imported: its environment imports this room."""


class DatabaseTooNew(Exception):
    """The database was migrated by a newer release; upgrade this one."""


def upgrade(database: Database, revision: str = "head") -> None:
    """Migrates an empty or older database; several processes may call this at once.

    Raises DatabaseTooNew when the database knows a revision that this release does not.
    """
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Rebuilding a table drops the old one, which would cascade; this pragma works outside transactions only.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.commit()
        try:
            with connection.begin():
                _refuse_newer(connection)
                command.upgrade(alembic_config(connection), revision)
        finally:
            connection.invalidate()  # its foreign keys are off: not for the pool


def is_current(database: Database) -> bool:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _scripts().get_current_head()


def refuse_newer(database: Database) -> None:
    """Raises DatabaseTooNew as :func:`upgrade` does."""
    with database.engine.connect() as connection:
        _refuse_newer(connection)


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(MIGRATIONS)).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(files(MIGRATIONS)))


def _refuse_newer(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNew(
            f"the database is at schema revision {current}, which this release does not know: "
            "it was migrated by a newer one. Upgrade bnlab, or use another database."
        )
