"""A service of one's own for the length of a block: for the demo, benchmarks and notebooks."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.client.responses import ServerError
from service.client.sync_client import BNLab


@contextmanager
def embedded_service(folder: Path, **settings: object) -> Iterator[str]:
    """Runs ``bnlab serve`` on a free port with its database in ``folder``; gives its URL once it is ready.

    ``settings`` are those of the settings table, in lower case. Raises ServerError with the log when it does not start.
    """
    port = free_port()
    environment = {f"BNLAB_{name.upper()}": str(value) for name, value in settings.items()}
    environment["BNLAB_DATABASE"] = f"sqlite:///{folder / 'bnlab.db'}"
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "serve", "--port", str(port)],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        server = f"http://127.0.0.1:{port}"
        with BNLab(server) as lab:
            while not lab.ready():
                if process.poll() is not None:
                    raise ServerError(f"the service did not start:\n{log.read_text()}")
                time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
