"""The engine: connections as SQLite and PostgreSQL need them, and transactions that say whether they write."""

import sqlite3
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

FIXED_SQLITE = (3, 51, 3)
"""Older releases can corrupt a WAL database that several connections write at once."""


class Database:
    """One database: ``with database.write() as session`` commits at the end, ``database.read()`` never writes.

    Raises SQLAlchemy's ArgumentError for a URL that no database can have, or whose driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url, self.engine = url, _engine(url)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine.execution_options(read_only=True), expire_on_commit=False)

    def write(self) -> AbstractContextManager[Session]:
        return self._write.begin()

    def read(self) -> AbstractContextManager[Session]:
        return self._read.begin()

    def close(self) -> None:
        self.engine.dispose()


def sqlite_module() -> Any:
    """The SQLite driver to use: the standard library's unless its SQLite has the WAL bug."""
    if sqlite3.sqlite_version_info >= FIXED_SQLITE:
        return sqlite3
    import pysqlite3  # only where it is needed: newer Pythons do without it

    return pysqlite3


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            shown = parsed.render_as_string(hide_password=True)
            raise ArgumentError(f"{shown} needs the driver {error.name!r}, which is not installed here") from error
    if parsed.database in (None, "", ":memory:") or "memory" in str(parsed.query.get("mode", "")):
        raise ArgumentError(f"{url} lives in the memory of one process: name a file, as sqlite:///bnlab.db does")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise ArgumentError(f"{parsed.drivername} is not used here: begin the URL with sqlite:///")
    engine = create_engine(url, module=sqlite_module(), pool_size=8, max_overflow=40)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite, not by the driver
    for pragma in (
        "busy_timeout = 15000",
        "page_size = 8192",
        "journal_mode = WAL",
        "synchronous = FULL",  # a 202 is a promise
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another one wrote meanwhile, whatever the
    # busy timeout: writers take the lock at their beginning.
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
