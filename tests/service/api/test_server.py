"""Several API processes on one port."""

import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from service.database import migrate
from service.database.engine import Database
from tests.support.processes import bnlab, free_port, until
from tests.support.stored_models import point, train

pytestmark = pytest.mark.slow


def alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def servers(process: psutil.Popen) -> list[psutil.Process]:
    found = []
    for child in process.children():
        try:
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
        except psutil.Error:  # it ended while we looked
            continue
    return found


def weights_seen(port: int) -> set[float]:
    """What 20 connections are answered: they spread over the processes."""
    body = {"instances": [[1.0, 0.0]]}
    url = f"http://127.0.0.1:{port}/v1/models/a:predict"
    return {round(httpx.post(url, json=body).json()["predictions"][0][0], 3) for _ in range(20)}


def test_processes_share_a_port_follow_repointings_and_end_with_their_parent(tmp_path: Path) -> None:
    url, port = f"sqlite:///{tmp_path / 'bnlab.db'}", free_port()
    database = Database(url)
    migrate.upgrade(database)
    train(database, 0.0, "a")
    second = train(database, 9.0)
    flags = ("--port", str(port), "--api-workers", "2")
    with bnlab("api", *flags, log=tmp_path / "log", database=url) as process:
        until(lambda: alive(port))
        assert len(servers(process)) == 2
        assert weights_seen(port) == {0.5}
        point(database, "a", second)
        until(lambda: weights_seen(port) == {1.0}, 3)
        children = servers(process)
        os.kill(children[0].pid, signal.SIGKILL)
        until(lambda: len([child for child in servers(process) if child.pid != children[0].pid]) == 2)
        children = servers(process)
        process.kill()
        until(lambda: not any(child.is_running() for child in children), 10)
    database.close()


def test_sigterm_ends_all_of_them(tmp_path: Path) -> None:
    port = free_port()
    flags = ("--port", str(port), "--api-workers", "2")
    with bnlab("api", *flags, log=tmp_path / "log", database=f"sqlite:///{tmp_path / 'bnlab.db'}") as process:
        until(lambda: alive(port))
        children = servers(process)
        process.terminate()
        assert process.wait(15) == 0
        assert not any(child.is_running() for child in children)
