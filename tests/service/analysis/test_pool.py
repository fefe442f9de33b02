"""The process of comparisons and reports, for real."""

import subprocess
import sys
from collections.abc import Iterator

import orjson
import psutil
import pytest
from sqlalchemy.exc import OperationalError

from bn_models.statistics.question import Question
from service.analysis.pool import Analysis
from service.database.engine import Database
from service.errors import NotFound
from tests.support.played_worker import PlayedWorker
from tests.support.processes import ROOT
from tests.support.study_data import create_study

pytestmark = pytest.mark.slow


@pytest.fixture
def analysis() -> Iterator[Analysis]:
    analysis = Analysis()
    yield analysis
    analysis.close()


def runs(document: bytes) -> list[int]:
    return [arm["runs"] for arm in orjson.loads(document)["arms"]]


def test_it_reads_the_study_once_a_version(database: Database, worker: PlayedWorker, analysis: Analysis) -> None:
    study_id = create_study(database)
    assert runs(analysis.document(database.url, study_id, "a", Question(), "json")) == [0, 0]
    worker.fail(worker.claim())
    assert runs(analysis.document(database.url, study_id, "a", Question(), "json")) == [0, 0]
    assert runs(analysis.document(database.url, study_id, "b", Question(), "json")) == [1, 0]
    assert analysis.document(database.url, study_id, "b", Question(), "csv").startswith(b"arm,")


def test_a_killed_process_is_asked_again(database: Database, analysis: Analysis) -> None:
    study_id, before = create_study(database), set(psutil.Process().children(recursive=True))
    document = analysis.document(database.url, study_id, "a", Question(), "json")
    for process in set(psutil.Process().children(recursive=True)) - before:
        process.kill()
    assert analysis.document(database.url, study_id, "b", Question(), "json") == document


def test_errors_come_through(database: Database, analysis: Analysis) -> None:
    """An unknown study and a database without tables are 404 and 503 for the client, by the class of the error."""
    with pytest.raises(NotFound, match="there is no study 'x'") as caught:
        analysis.document(database.url, "x", "a", Question(), "json")
    assert caught.value.detail == "there is no study 'x'"
    with database.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE studies RENAME TO gone")
    with pytest.raises(OperationalError, match="no such table: studies"):
        analysis.document(database.url, "x", "a", Question(), "json")


def test_it_ends_with_a_killed_api(database: Database) -> None:
    code = (
        "import time\n"
        "from bn_models.statistics.question import Question\n"
        "from service.analysis.pool import Analysis\n"
        f"Analysis().document({database.url!r}, {create_study(database)!r}, 0, Question(), 'json')\n"
        "print('asked', flush=True)\n"
        "time.sleep(100)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as api:
        assert api.stdout is not None
        assert api.stdout.readline() == b"asked\n"
        children = psutil.Process(api.pid).children(recursive=True)
        api.kill()
    assert psutil.wait_procs(children, timeout=10)[1] == []
