"""The API's processes: one in the foreground, or several that share a port."""

import logging
import os
import signal
import threading
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import wait
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from service import logs
from service.api.app import create_app
from service.settings import Settings


def serve_api(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT; with several processes, one that dies is replaced."""
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,  # its messages go where ours go
        "log_level": settings.log_level,
        "access_log": settings.log_level == "debug",
        "timeout_graceful_shutdown": 3,  # event streams and held answers end with the server, not before
    }
    logs.configure(settings.log_format, settings.log_level)
    if settings.api_workers == 1:
        uvicorn.run(create_app(settings), **options)
        return
    make = partial(_create_app_in_process, settings)
    config = uvicorn.Config(make, factory=True, workers=settings.api_workers, **options)
    Multiprocess(config, sockets=[config.bind_socket()]).run()


def _create_app_in_process(settings: Settings) -> FastAPI:
    """The application of one process of several; it ends with the process that started it."""
    logs.configure(settings.log_format, settings.log_level)
    if (parent := parent_process()) is not None:
        threading.Thread(target=_stop_with, args=(parent.sentinel,), daemon=True).start()
    return create_app(settings)


def _stop_with(parent: int) -> None:
    wait([parent])
    logging.getLogger(__name__).warning("the parent process is gone: stopping")
    os.kill(os.getpid(), signal.SIGTERM)
