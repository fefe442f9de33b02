"""A service of one's own for the length of a block: for the demo, benchmarks and notebooks."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from service.client.responses import ServerError
from service.client.sync_client import BNLab

T = TypeVar("T")
START_SECONDS = 120.0
"""Longest wait for a service to become ready."""
END_SECONDS = 60.0
"""Longest wait for its end: it gives trainers time for a checkpoint and event streams time to close."""
LISTENING = re.compile(r"(?<=Uvicorn running on )http://[\w.]+:\d+")
"""Where a server says in its log that it listens, as text or as JSON."""
HOST = "127.0.0.1"


@contextmanager
def embedded_service(folder: Path, **settings: object) -> Iterator[str]:
    """Runs ``bnlab serve`` on a free port with its database in ``folder``; gives its URL once it is ready.

    ``settings`` are those of the settings table, in lower case, but for the address, the database and the log, which
    are its own. Raises ServerError with the log when it does not start or end in time.
    """
    environment = {f"BNLAB_{name.upper()}": str(value) for name, value in settings.items()}
    environment["BNLAB_DATABASE"] = f"sqlite:///{folder / 'bnlab.db'}"
    environment |= {"BNLAB_LOG_LEVEL": "info", "BNLAB_LOG_FORMAT": "text"}  # the log says which port it was given
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "serve", "--host", HOST, "--port", "0"],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield until_ready(process, log)
    finally:
        end(process, log)


def until_ready(process: subprocess.Popen[bytes], log: Path, seconds: float = START_SECONDS) -> str:
    """The URL of a service that has written to ``log`` where it listens, once a worker is there, too."""
    deadline = time.monotonic() + seconds

    def once(look: Callable[[], T | None]) -> T:
        while not (found := look()):
            if process.poll() is not None:
                raise ServerError(f"the service did not start:\n{log.read_text()}")
            if time.monotonic() > deadline:
                raise ServerError(f"the service was not ready after {seconds:g} s:\n{log.read_text()}")
            time.sleep(0.05)
        return found

    server = once(lambda: LISTENING.search(log.read_text())).group()
    with BNLab(server) as lab:
        once(lab.ready)
    return server


def end(process: subprocess.Popen[bytes], log: Path, seconds: float = END_SECONDS) -> None:
    """Asks the service to end and waits for it; kills one that does not."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise ServerError(f"the service did not end within {seconds:g} s:\n{log.read_text()}") from error
