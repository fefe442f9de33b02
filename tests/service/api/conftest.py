import httpx
import pytest

from tests.support.played_worker import PlayedWorker


@pytest.fixture
def model(http: httpx.Client, worker: PlayedWorker) -> str:
    """The id of a job whose model is sigmoid(x0 + 2 x1)."""
    return worker.train(http)
