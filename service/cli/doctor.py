"""Checks of an installation, for ``bnlab doctor``."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from service.client import BNLab
from service.database import migrate
from service.database.engine import FIXED_SQLITE, Database, sqlite_module
from service.database.migrate import DatabaseTooNew
from service.settings import Settings

IMAGE_DATASETS = ("mnist", "fashion_mnist", "cifar10")


@dataclass(frozen=True)
class Finding:
    what: str
    ok: bool
    detail: str


def examine(settings: Settings, server: str) -> list[Finding]:
    """Looks at versions, database, data directory and server. Changes nothing."""
    return [
        Finding("packages", True, ", ".join(f"{name} {version(name)}" for name in ("bnlab", "tensorflow", "keras"))),
        _sqlite(),
        _database(settings),
        *_data(settings),
        _server(server),
    ]


def _sqlite() -> Finding:
    found = sqlite_module()
    ok = found.sqlite_version_info >= FIXED_SQLITE
    return Finding("sqlite", ok, f"{found.sqlite_version} from {found.__name__}")


def _database(settings: Settings) -> Finding:
    try:
        database = Database(settings.database)
    except SQLAlchemyError as error:
        return Finding("database", False, str(error))
    url = database.engine.url
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return Finding("database", True, f"{shown} is not there yet: serve will make it")
    try:
        migrate.refuse_newer(database)
        state = "migrated" if migrate.is_current(database) else "older: serve will migrate it"
    except (SQLAlchemyError, DatabaseTooNew) as error:
        return Finding("database", False, f"{shown}: {error}")
    finally:
        database.close()
    return Finding("database", True, f"{shown} is {state}")


def _data(settings: Settings) -> Iterator[Finding]:
    if settings.data_dir is None:
        yield Finding("data directory", True, "not set; image datasets will be downloaded by Keras")
        return
    exists = settings.data_dir.is_dir()
    there = [name for name in IMAGE_DATASETS if (settings.data_dir / f"{name}.npz").is_file()]
    yield Finding("data directory", exists, f"{settings.data_dir}: {', '.join(there) or 'no datasets found'}")


def _server(server: str) -> Finding:
    with BNLab(server, timeout=5) as lab:
        ready = lab.ready()
    return Finding("server", ready, f"{server} is {'ready' if ready else 'not reachable or not ready'}")
