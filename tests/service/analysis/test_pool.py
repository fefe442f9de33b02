"""The process of comparisons and reports, for real."""

import subprocess
import sys
from collections.abc import Iterator

import orjson
import psutil
import pytest
from sqlalchemy.exc import OperationalError

from service.analysis.pool import Analysis
from service.database.engine import Database
from service.errors import NotFound
from tests.service.analysis.test_study_data import create
from tests.support.played_worker import PlayedWorker
from tests.support.processes import ROOT


@pytest.fixture
def analysis(database_url: str) -> Iterator[Analysis]:
    analysis = Analysis(database_url)
    yield analysis
    analysis.close()


def runs(document: bytes) -> list[int]:
    return [arm["runs"] for arm in orjson.loads(document)["arms"]]


def test_it_reads_the_study_once_a_version(database: Database, worker: PlayedWorker, analysis: Analysis) -> None:
    study_id = create(database)
    assert runs(analysis.document(study_id, "a", None, "json")) == [0, 0]
    worker.fail(worker.claim())
    assert runs(analysis.document(study_id, "a", None, "json")) == [0, 0]
    assert runs(analysis.document(study_id, "b", None, "json")) == [1, 0]
    assert analysis.document(study_id, "b", None, "csv").startswith(b"arm,")


def test_a_killed_process_is_asked_again(database: Database, analysis: Analysis) -> None:
    study_id, before = create(database), set(psutil.Process().children(recursive=True))
    document = analysis.document(study_id, "a", None, "json")
    for process in set(psutil.Process().children(recursive=True)) - before:
        process.kill()
    assert analysis.document(study_id, "b", None, "json") == document


def test_errors_come_through(database: Database, analysis: Analysis) -> None:
    """An unknown study and a database without tables are 404 and 503 for the client, by the class of the error."""
    with pytest.raises(NotFound, match="there is no study 'x'") as caught:
        analysis.document("x", "a", None, "json")
    assert caught.value.detail == "there is no study 'x'"
    with database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE studies RENAME TO gone")
    with pytest.raises(OperationalError, match="no such table: studies"):
        analysis.document("x", "a", None, "json")


def test_it_ends_with_a_killed_api(database: Database, database_url: str) -> None:
    code = (
        "import time\n"
        "from service.analysis.pool import Analysis\n"
        f"Analysis({database_url!r}).document({create(database)!r}, 0, None, 'json')\n"
        "print('asked', flush=True)\n"
        "time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as api:
        assert api.stdout is not None
        assert api.stdout.readline() == b"asked\n"
        children = psutil.Process(api.pid).children(recursive=True)
        api.kill()
    assert psutil.wait_procs(children, timeout=10)[1] == []
