"""The API's processes: one in the foreground, or several that share a port."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from service import logs
from service.api.app import create_app
from service.processes import when_parent_ends
from service.settings import Settings

CANNOT_LISTEN = 2
"""The exit code of wrong usage: to the command line uvicorn's own means that a server cannot be reached."""


class Server(uvicorn.Server):
    """Ends where it was called. Uvicorn's own raises the signal again, which would skip whatever comes after."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield


def serve_api(settings: Settings, install_dashboard: Callable[[FastAPI], None]) -> None:
    """Serves until SIGTERM or SIGINT; with several processes, one that dies is replaced.

    Exits with ``CANNOT_LISTEN`` when the address cannot be listened on.

    A single process serves the dashboard, too, which ``install_dashboard`` adds. Its pages keep state in the process
    that made them, and several that share a port take turns.
    """
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "log_config": None,  # its messages go where ours go
        "log_level": settings.log_level,
        "access_log": settings.log_level == "debug",
        "timeout_graceful_shutdown": 3,  # event streams and held answers end with the server, not before
    }
    logs.configure(settings.log_format, settings.log_level)
    try:
        _serve(settings, options, install_dashboard)
    except SystemExit as end:  # uvicorn's, which has logged why
        sys.exit(CANNOT_LISTEN if end.code == STARTUP_FAILURE else end.code)


def _serve(settings: Settings, options: dict[str, Any], install_dashboard: Callable[[FastAPI], None]) -> None:
    if settings.api_workers == 1:
        app = create_app(settings)
        install_dashboard(app)
        server = Server(uvicorn.Config(app, **options))
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        return
    make = partial(_create_app_in_process, settings)
    config = uvicorn.Config(make, factory=True, workers=settings.api_workers, **options)
    Multiprocess(config, sockets=[config.bind_socket()]).run()


def _create_app_in_process(settings: Settings) -> FastAPI:
    """The application of one process of several; it ends with the process that started it.

    It has no dashboard: an open page lives in one process, and its requests would come to any.
    """
    logs.configure(settings.log_format, settings.log_level)
    when_parent_ends(_stop)
    app = create_app(settings)
    app.add_route("/", lambda _: RedirectResponse("/docs"), include_in_schema=False)
    return app


def _stop() -> None:
    logging.getLogger(__name__).warning("the parent process is gone: stopping")
    os.kill(os.getpid(), signal.SIGTERM)
