"""Real parts only: databases made by the migrations, real processes, real HTTP."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.database import migrate
from service.database.engine import Database, sqlite_module

# TensorFlow brings an SQLite of its own, of a release with the WAL bug, and whichever of the two libraries a process
# loads first answers for both. Test modules import Keras, the service never does beside a database: so the driver is
# loaded here, before any of them.
sqlite_module()

ROOT = Path(__file__).parents[1]


def pytest_report_header() -> str:
    return f"sqlite: {sqlite_module().sqlite_version} ({sqlite_module().__name__})"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out files that ``-m`` would leave out whole: each process would import what their tests need."""
    left_out = re.findall(r"not (\w+)", config.option.markexpr)
    if not left_out or collection_path.suffix != ".py":
        return None
    marks = rf"^pytestmark = .*mark\.({'|'.join(left_out)})\b"
    return True if re.search(marks, collection_path.read_text(), re.MULTILINE) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has the processes of pytest-xdist share tests out by file, which have their server, and browsers wait in line."""
    for item in items:
        group = "browser" if item.get_closest_marker("browser") else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session", autouse=True)
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled programs and datasets are kept for this test run and not in the home of who runs it.

    The processes of pytest-xdist share them, as trainers do: what one compiled the other finds.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with pytest.MonkeyPatch.context() as patch:
        for name in ("xla", "datasets"):
            (folder / f"cache-{name}").mkdir(exist_ok=True)
        patch.setenv("BNLAB_XLA_CACHE_DIR", str(folder / "cache-xla"))
        patch.setenv("BNLAB_DATASET_CACHE_DIR", str(folder / "cache-datasets"))
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of this release, to be copied: that takes a hundredth of the time of migrating."""
    path = tmp_path_factory.mktemp("migrated") / "bnlab.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()  # its log goes into the file
    return path


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Where :func:`database` is; without that fixture there is nothing yet."""
    return f"sqlite:///{tmp_path / 'bnlab.db'}"


@pytest.fixture
def database(database_url: str, tmp_path: Path, migrated: Path) -> Iterator[Database]:
    shutil.copyfile(migrated, tmp_path / "bnlab.db")
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with the genuine mnist.npz: BNLAB_DATA_DIR, or ``shared/datasets`` beside the checkout."""
    folder = Path(os.environ.get("BNLAB_DATA_DIR") or ROOT.parent / "shared" / "datasets")
    if not (folder / "mnist.npz").is_file():
        pytest.skip(f"no mnist.npz in {folder}: set BNLAB_DATA_DIR to a folder that has it")
    return folder
