"""The worker process: a supervisor on a database with local trainers, ended by a signal or by the end of its parent."""

import logging
import os
import socket
import time
from contextlib import AbstractContextManager, nullcontext

from service import logs
from service.database import migrate
from service.database.engine import Database
from service.mlflow_export.process import run_mlflow_export
from service.processes import RestartedProcess, stop_event
from service.settings import Settings
from service.worker.local_executor import LocalExecutor
from service.worker.messages import TrainerOptions
from service.worker.supervisor import Supervisor

log = logging.getLogger(__name__)


def run_worker(settings: Settings) -> None:
    """Works until SIGTERM, SIGINT or the death of the process that spawned it; running jobs go back to the queue."""
    logs.configure(settings.log_format, settings.log_level)
    stop = stop_event()
    database = Database(settings.database)
    migrate.upgrade(database)
    options = TrainerOptions(
        data_dir=settings.data_dir,
        threads=settings.threads,
        xla=settings.xla,
        xla_cache_dir=settings.xla_cache_dir,
        checkpoint_seconds=settings.checkpoint_seconds,
        verbose=settings.log_level == "debug",
        log_format=settings.log_format,
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
        with _beside(settings):
            supervisor.run(stop, settings.grace_seconds)
    except Exception:
        log.exception("the worker ends; its jobs go on elsewhere when their leases run out")
        raise SystemExit(1) from None
    finally:
        executor.close()  # whatever happened: this process would wait for trainers that live
        database.close()


def _beside(settings: Settings) -> AbstractContextManager[object]:
    if settings.mlflow_tracking_uri is None:
        return nullcontext()
    return RestartedProcess(run_mlflow_export, settings, grace_seconds=settings.grace_seconds + 5)
