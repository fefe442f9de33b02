"""Processes that are really spawned, killed and orphaned."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from service.processes import RestartedProcess, spawn, stop_event
from tests.support.processes import until

pytestmark = pytest.mark.slow


def write_pid_and_wait(folder: Path) -> None:
    stop = stop_event()
    (folder / str(os.getpid())).touch()
    stop.wait()
    (folder / f"{os.getpid()}-ended").touch()


def keep_one(folder: Path) -> None:
    with RestartedProcess(write_pid_and_wait, folder, grace_seconds=5):
        time.sleep(60)


def pids(folder: Path) -> set[int]:
    return {int(path.name) for path in folder.iterdir() if path.name.isdigit()}


def test_a_process_that_dies_is_replaced_and_the_last_one_is_asked_to_end(tmp_path: Path) -> None:
    with RestartedProcess(write_pid_and_wait, tmp_path, grace_seconds=10):
        until(lambda: len(pids(tmp_path)) == 1)
        [first] = pids(tmp_path)
        os.kill(first, signal.SIGKILL)
        until(lambda: len(pids(tmp_path)) == 2)
    [second] = pids(tmp_path) - {first}
    assert (tmp_path / f"{second}-ended").exists()
    assert not (tmp_path / f"{first}-ended").exists()


def test_a_process_ends_with_the_one_that_spawned_it_even_when_that_is_killed(tmp_path: Path) -> None:
    parent = spawn.Process(target=keep_one, args=(tmp_path,))
    parent.start()
    until(lambda: len(pids(tmp_path)) == 1)
    [child] = pids(tmp_path)
    parent.kill()
    parent.join()
    until(lambda: (tmp_path / f"{child}-ended").exists())
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
