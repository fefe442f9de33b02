"""Several API processes on one port."""

import os
import signal
from pathlib import Path

import httpx
import psutil
import pytest

from service.database.engine import Database
from tests.support.processes import bnlab, until, url_in
from tests.support.stored_models import point, train

pytestmark = pytest.mark.slow


def alive(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
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


def weights_seen(server: str) -> set[float]:
    """What 20 connections are answered: they spread over the processes."""
    body = {"instances": [[1.0, 0.0]]}
    url = f"{server}/v1/models/a:predict"
    return {round(httpx.post(url, json=body).json()["predictions"][0][0], 3) for _ in range(20)}


def test_processes_share_a_port_follow_repointings_and_end_with_their_parent(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    train(database, 0.0, "a")
    second = train(database, 9.0)
    with bnlab("api", "--api-workers", "2", log=log, database=database_url) as process:
        server = url_in(log)
        until(lambda: alive(server))
        assert len(servers(process)) == 2
        assert weights_seen(server) == {0.5}
        point(database, "a", second)
        until(lambda: weights_seen(server) == {1.0}, 3)
        children = servers(process)
        os.kill(children[0].pid, signal.SIGKILL)
        until(lambda: len([child for child in servers(process) if child.pid != children[0].pid]) == 2)
        children = servers(process)
        process.kill()
        until(lambda: not any(child.is_running() for child in children), 10)


def test_sigterm_ends_all_of_them(tmp_path: Path) -> None:
    log, database = tmp_path / "log", f"sqlite:///{tmp_path / 'bnlab.db'}"
    with bnlab("api", "--api-workers", "2", log=log, database=database) as process:
        server = url_in(log)
        until(lambda: alive(server))
        children = servers(process)
        process.terminate()
        assert process.wait(15) == 0
        assert not any(child.is_running() for child in children)
