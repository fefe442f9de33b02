"""A process that is replaced when it dies, and the two ways it is told to end."""

import logging
import signal
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Self

from service.executors.local import spawn
from service.settings import Settings

log = logging.getLogger(__name__)
RESTART_SECONDS = 1.0


class KeptProcess:
    """``with KeptProcess(run_worker, settings): …`` runs ``run_worker(settings)`` beside the block."""

    def __init__(self, target: Callable[[Settings], None], settings: Settings) -> None:
        self._target, self._settings = target, settings
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
            process = spawn.Process(target=self._target, args=(self._settings,), name=name)
            process.start()
            while process.is_alive() and not self._closing.wait(0.2):
                pass
            process.terminate()
            process.join(self._settings.grace_seconds + 5)
            process.kill()
            if not self._closing.wait(RESTART_SECONDS):
                log.warning("%s ended with code %s; starting another", name, process.exitcode)


def stop_event() -> threading.Event:
    """Set by SIGTERM, SIGINT or the death of the process that spawned this one."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if (parent := parent_process()) is not None:
        threading.Thread(target=_stop_with, args=(parent.sentinel, stop), daemon=True).start()
    return stop


def _stop_with(parent: int, stop: threading.Event) -> None:
    wait([parent])
    stop.set()
