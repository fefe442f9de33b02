import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from service.client import ServerError, embedded_service
from service.client.embedded import end, until_ready

pytestmark = pytest.mark.slow

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def test_two_at_once_get_ports_of_their_own_and_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BNLAB_LOG_LEVEL", "error")
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    with embedded_service(first, slots=1) as one, embedded_service(second, slots=1) as other:
        assert one != other
        assert [httpx.get(f"{server}/readyz").status_code for server in (one, other)] == [200, 200]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{one}/readyz")


def test_what_does_not_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"did not start:\n[^$]*slots"), embedded_service(tmp_path, slots=0):
        pass


def test_what_does_not_start_or_end_in_time_is_an_error_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen([sys.executable, "-c", DEAF], stdout=output)
    with pytest.raises(ServerError, match=r"not ready after 2 s:\ndeaf"):
        until_ready(process, log, 2)
    with pytest.raises(ServerError, match=r"did not end within 0\.1 s:\ndeaf"):
        end(process, log, 0.1)
    assert process.poll() is not None
