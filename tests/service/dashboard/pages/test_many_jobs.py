"""Ten thousand jobs, five open dashboards, a connection that is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.store import jobs
from tests.support.processes import Client, bnlab, reserved_port, url_in

pytestmark = [pytest.mark.slow, pytest.mark.browser]
JOBS = 10_000
ROW = ".ag-center-cols-container .ag-row"
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


@pytest.fixture
def api(database: Database, database_url: str, tmp_path: Path) -> Iterator[tuple[psutil.Process, str]]:
    """The API alone, with ten thousand queued jobs."""
    spec = TrainingSpec.model_validate({"dataset": "circles"})
    with database.write() as session:
        for number in range(JOBS):
            jobs.submit(session, spec, name=f"job {number}", now=time.time())
    log = tmp_path / "log"
    with bnlab("api", log=log, database=database_url) as process:
        with Client(base_url=url_in(log)) as http:
            http.until_answers()
        yield process, url_in(log)


def test_ten_thousand_jobs_stay_smooth_and_small(
    browser: Browser, api: tuple[psutil.Process, str], capsys: pytest.CaptureFixture[str]
) -> None:
    process, url = api
    pages = [browser.new_page() for _ in range(5)]
    for page in pages:
        page.goto(url)
        expect(page.locator(ROW).first).to_contain_text(f"job {JOBS - 1}")
        expect(page.get_by_text("No worker was seen lately")).to_be_visible()
    page = pages[-1]
    begin = time.monotonic()
    for turned in range(1, 6):
        page.get_by_role("button", name="Older").click()
        expect(page.locator(ROW).first).to_contain_text(f"job {JOBS - 1 - 50 * turned}")
    turning = (time.monotonic() - begin) / 5
    painted, memory = page.evaluate(PAINTED) / 1000, process.memory_info().rss / 1e6
    with capsys.disabled():
        print(f"\nfirst paint {painted:.2f} s, a page of jobs {turning:.2f} s, API with 5 dashboards {memory:.0f} MB")  # noqa: T201
    assert memory < 300
    assert "tensorflow" not in {Path(mapping.path).name for mapping in process.memory_maps()}
    for page in pages:
        page.close()


def test_a_lost_connection_says_so_and_comes_back(browser: Browser, tmp_path: Path) -> None:
    page, database = browser.new_page(), f"sqlite:///{tmp_path / 'bnlab.db'}"
    with reserved_port() as port, Client(base_url=f"http://127.0.0.1:{port}") as http:
        with bnlab("api", "--port", str(port), log=tmp_path / "log", database=database):
            http.until_answers()
            page.goto(f"http://127.0.0.1:{port}")
            expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
        expect(page.locator("#popup")).to_be_visible(timeout=15_000)
        expect(page.locator("#popup")).to_contain_text("Connection lost")
        with bnlab("api", "--port", str(port), log=tmp_path / "log", database=database):
            http.until_answers()
            http.submit(dataset="circles", name="after the break")
            _expect_back(page)
    page.close()


def _expect_back(page: Page) -> None:
    expect(page.locator(ROW).first).to_contain_text("after the break", timeout=30_000)
    expect(page.locator("#popup")).not_to_be_visible()
