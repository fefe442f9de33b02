"""A real API on a real port, without a worker: what is queued stays queued unless the test plays the worker."""

from collections.abc import Iterator

import httpx
import pytest

from service.api.app import create_app
from service.database.engine import Database
from service.settings import Settings
from tests.support.api_server import ApiServer
from tests.support.played_worker import PlayedWorker


@pytest.fixture(scope="module")
def api_server() -> Iterator[ApiServer]:
    with ApiServer() as server:
        yield server


@pytest.fixture
def server(api_server: ApiServer, database: Database, database_url: str) -> Iterator[str]:
    """The URL of an application that is new, as its database is: nothing is left of the test before."""
    settings = Settings(
        database=database_url, max_parameters=1_000_000, max_spec_bytes=100_000, max_predict_bytes=1_000_000,
        max_dataset_bytes=1_000_000, port=0,
    )  # fmt: skip
    with api_server.having(create_app(settings)):
        yield api_server.url


@pytest.fixture
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture
def worker(database: Database) -> PlayedWorker:
    return PlayedWorker(database)
