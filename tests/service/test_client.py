import threading

import httpx
import pytest

from service.client import BNLab, ServerError
from tests.service.conftest import PlayedWorker


def test_problems_are_errors_that_say_what_to_fix(server: str) -> None:
    with BNLab(server) as lab:
        with pytest.raises(ServerError, match=r"422: body\.dataset"):
            lab.submit({})
        with pytest.raises(ServerError, match="404: there is no job"):
            lab.job("none")
        with pytest.raises(ServerError, match="404: there is no job"):
            next(lab.events("none"))


@pytest.mark.slow
def test_events_of_a_quiet_job_are_waited_for(server: str, worker: PlayedWorker) -> None:
    """The server sends keep-alive comments every 15 seconds; they are not events."""
    with BNLab(server) as lab:
        job = lab.submit({"dataset": "circles"})
        threading.Timer(17, lambda: httpx.post(f"{server}/v1/jobs/{job['id']}/cancel")).start()
        assert [event.event for event in lab.events(job["id"])] == ["status", "status", "done"]
