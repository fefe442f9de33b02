"""Real parts only: databases made by the migrations, real processes, real HTTP."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.database import migrate
from service.database.engine import Database, sqlite_module

ROOT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    return f"sqlite: {sqlite_module().sqlite_version} ({sqlite_module().__name__})"


@pytest.fixture(scope="session", autouse=True)
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled programs and datasets are kept for this test run and not in the home of who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BNLAB_XLA_CACHE_DIR", str(tmp_path_factory.mktemp("xla")))
        patch.setenv("BNLAB_DATASET_CACHE_DIR", str(tmp_path_factory.mktemp("datasets")))
        yield


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bnlab.db'}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    migrate.upgrade(database)
    yield database
    database.close()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with the genuine mnist.npz: BNLAB_DATA_DIR, or ``shared/datasets`` beside the checkout."""
    folder = Path(os.environ.get("BNLAB_DATA_DIR") or ROOT.parent / "shared" / "datasets")
    if not (folder / "mnist.npz").is_file():
        pytest.skip(f"no mnist.npz in {folder}: set BNLAB_DATA_DIR to a folder that has it")
    return folder
