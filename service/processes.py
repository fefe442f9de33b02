"""Processes: how they are spawned, replaced when they die, and told to end."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any, Self

log = logging.getLogger(__name__)
spawn = multiprocessing.get_context("spawn")  # TensorFlow hangs after fork
RESTART_SECONDS = 1.0


class RestartedProcess:
    """A process beside a block, started anew whenever it ends before the block.

    ``with RestartedProcess(run_worker, settings, grace_seconds=5): …`` runs ``run_worker(settings)``. At the end of the
    block it is asked to end, and killed when it has not after ``grace_seconds``.
    """

    def __init__(self, target: Callable[..., None], *args: Any, grace_seconds: float) -> None:
        self._target, self._args, self._grace_seconds = target, args, grace_seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def _keep_running(self) -> None:
        name = self._target.__name__
        while not self._closing.is_set():
            process = spawn.Process(target=self._target, args=self._args, name=name)
            process.start()
            while process.is_alive() and not self._closing.wait(0.2):
                pass
            process.terminate()
            process.join(self._grace_seconds)
            process.kill()
            if not self._closing.wait(RESTART_SECONDS):
                log.warning("%s ended with code %s; starting another", name, process.exitcode)


def stop_event() -> threading.Event:
    """Set by SIGTERM, SIGINT or the death of the process that spawned this one."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    when_parent_ends(stop.set)
    return stop


def when_parent_ends(act: Callable[[], object]) -> None:
    """Has ``act`` called, in a thread of its own, once the process that spawned this one is gone; never without one."""
    if (parent := parent_process()) is not None:
        threading.Thread(target=_wait_and_act, args=(parent.sentinel, act), daemon=True).start()


def _wait_and_act(parent: int, act: Callable[[], object]) -> None:
    wait([parent])
    act()
