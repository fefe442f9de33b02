"""The service as a user runs it: ``bnlab`` commands in processes of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from service.client.embedded import LISTENING

ROOT = Path(__file__).parents[2]
DIGITS_CNN: dict[str, Any] = {
    "dataset": "digits",
    "network": {"kind": "cnn", "conv_filters": [16, 16], "padding": "same", "pool_after": [True, False]},
    "optimizer": "adam",
    "dropout": 0.2,
}


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port that refuses connections until a server listens on it, and that nobody else is given meanwhile.

    For servers that start later or twice; the others say ``--port 0`` and tell theirs. Two sockets may have one port
    as long as both allow it and only one of them listens.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        yield port


@contextmanager
def bnlab(*arguments: str, log: Path, **settings: str) -> Iterator[psutil.Popen]:
    """Runs ``bnlab`` with ``BNLAB_<SETTING>`` set, and ends it with SIGTERM if it still runs.

    A server listens on a port that was free, unless ``arguments`` name one; :func:`url_in` its log says on which.
    """
    settings = {"port": "0", **settings}
    environment = {**os.environ, **{f"BNLAB_{name.upper()}": value for name, value in settings.items()}}
    with log.open("a") as output:
        process = psutil.Popen(
            [sys.executable, "-m", "service", *arguments],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.is_running():
            process.terminate()
        process.wait(30)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The URL of ``bnlab serve`` with its database in ``folder``; its log must be free of tracebacks."""
    log = folder / "log"
    with bnlab("serve", log=log, database=f"sqlite:///{folder / 'bnlab.db'}", slots="1"):
        url = url_in(log)
        with Client(base_url=url, timeout=30) as http:
            http.until_ready()
        yield url
    assert "Traceback" not in log.read_text()


def url_in(log: Path, within: float = 60) -> str:
    """Where the server that writes to ``log`` listens, as soon as it says so."""
    until(lambda: LISTENING.search(log.read_text()) is not None, within)
    said = LISTENING.search(log.read_text())
    assert said is not None
    return said[0]


def command(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs ``bnlab`` to its end."""
    environment = {**os.environ, "COLUMNS": "160", **{f"BNLAB_{key.upper()}": value for key, value in settings.items()}}
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        input=stdin, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120,
    )  # fmt: skip


class Client(httpx.Client):
    """HTTP with what most tests want of it."""

    def submit(self, **spec: Any) -> str:
        response = self.post("/v1/jobs", json=spec)
        assert response.status_code == 202, response.text
        job_id: str = response.json()["id"]
        return job_id

    def job(self, job_id: str, wait: float = 0) -> dict[str, Any]:
        job: dict[str, Any] = self.get(f"/v1/jobs/{job_id}", params={"wait": wait}).json()
        return job

    def succeeded(self, job_id: str, within: float = 120) -> dict[str, Any]:
        job = self.job(job_id, wait=within)
        assert job["status"] == "succeeded", job
        return job

    def until_answers(self, within: float = 60) -> None:
        """Without a worker the API is alive, but not ready."""

        def answers() -> bool:
            try:
                return self.get("/healthz").status_code == 200
            except httpx.TransportError:
                return False

        until(answers, within)

    def until_ready(self, within: float = 60) -> None:
        def ready() -> bool:
            try:
                return self.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        until(ready, within)

    def until_epoch(self, job_id: str, epoch: int) -> None:
        until(lambda: self.job(job_id)["progress"]["epoch"] >= epoch, 60)


def until(condition: Callable[[], bool], within: float = 30) -> float:
    """Waits for ``condition``; gives the seconds it took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < within, "did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - begin


def has_tensorflow(process: psutil.Process) -> bool:
    return any("tensorflow" in mapping.path for mapping in process.memory_maps())


def trainers(process: psutil.Process) -> list[psutil.Process]:
    """The processes below ``process`` that have TensorFlow loaded."""
    found = []
    for child in process.children(recursive=True):
        try:
            if has_tensorflow(child):
                found.append(child)
        except psutil.Error:  # it ended while we looked
            continue
    return found


def worker_of(serve: psutil.Process) -> psutil.Process:
    """The worker of ``bnlab serve``: its trainers' parent."""
    until(lambda: bool(trainers(serve)))
    parent: psutil.Process = trainers(serve)[0].parent()
    return parent
