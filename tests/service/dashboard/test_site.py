from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.processes import Client, bnlab, url_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["1", "2"])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Client]]:
    """One API process, and two that share a port."""
    folder: Path = tmp_path_factory.mktemp("api")
    log, database = folder / "log", f"sqlite:///{folder / 'bnlab.db'}"
    with (
        bnlab("api", log=log, database=database, api_workers=request.param),
        Client(base_url=url_in(log), timeout=30) as http,
    ):
        http.until_answers()
        yield request.param, http


def test_the_dashboard_is_at_the_root_of_a_single_process(api: tuple[str, Client]) -> None:
    processes, http = api
    answer = http.get("/")
    if processes == "1":
        assert answer.status_code == 200
        assert "<title>" in answer.text
    else:
        assert answer.headers["location"] == "/docs"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nope", 404), ("GET", "/v1/nope", 404), ("DELETE", "/v1/jobs", 405)]
)
def test_errors_of_other_paths_stay_the_apis(api: tuple[str, Client], method: str, path: str, status: int) -> None:
    answer: httpx.Response = api[1].request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
