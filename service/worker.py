"""The worker process: a supervisor on a database with local trainers, ended by a signal or by the end of its parent."""

import logging
import os
import signal
import socket
import threading
import time
from multiprocessing import parent_process
from multiprocessing.connection import wait

from service import schema
from service.database import Database
from service.executors.local import LocalExecutor, spawn
from service.messages import TrainerOptions
from service.settings import Settings
from service.supervisor import Supervisor

log = logging.getLogger(__name__)
RESTART_SECONDS = 1.0


def run_worker(settings: Settings) -> None:
    """Works until SIGTERM, SIGINT or the death of the process that spawned it; running jobs go back to the queue."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s:     %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if (parent := parent_process()) is not None:
        threading.Thread(target=_stop_with, args=(parent.sentinel, stop), daemon=True).start()
    database = Database(settings.database)
    schema.upgrade(database)
    options = TrainerOptions(
        data_dir=settings.data_dir,
        threads=settings.threads,
        xla=settings.xla,
        xla_cache_dir=settings.xla_cache_dir,
        checkpoint_seconds=settings.checkpoint_seconds,
        verbose=settings.log_level == "debug",
    )
    executor = LocalExecutor(settings.slots, options)
    supervisor = Supervisor(
        database,
        executor,
        worker_id=f"{socket.gethostname()}:{os.getpid()}:{time.time_ns()}",
        clock=time.time,
        lease_seconds=settings.lease_seconds,
        max_attempts=settings.max_attempts,
        poll_seconds=settings.poll_seconds,
        dataset_dir=settings.dataset_cache_dir,
    )
    try:
        supervisor.run(stop, settings.grace_seconds)
    except Exception:
        log.exception("the worker ends; its jobs go on elsewhere when their leases run out")
        raise SystemExit(1) from None
    finally:
        executor.close()  # whatever happened: this process would wait for trainers that live
        database.close()


def _stop_with(parent: int, stop: threading.Event) -> None:
    wait([parent])
    stop.set()


class WorkerProcess:
    """A worker beside the API: ``with WorkerProcess(settings): …``; one that dies is replaced."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()

    def _keep_running(self) -> None:
        while not self._closing.is_set():
            process = spawn.Process(target=run_worker, args=(self._settings,), name="worker")
            process.start()
            while process.is_alive() and not self._closing.wait(0.2):
                pass
            process.terminate()
            process.join(self._settings.grace_seconds + 5)
            process.kill()
            if not self._closing.wait(RESTART_SECONDS):
                log.warning("the worker ended with code %s; starting another", process.exitcode)
