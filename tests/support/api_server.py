"""A listening server whose application is exchanged: sockets are slow to open and close, applications are not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from service.analysis.pool import Analysis


class ApiServer:
    """``with ApiServer() as server, server.having(app): …`` serves ``app`` at ``server.url``, on a port of its own."""

    def __init__(self) -> None:
        config = uvicorn.Config(
            self._answer, port=0, log_level="warning", interface="asgi3",
            lifespan="off",  # an application begins and ends with having()
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._app: FastAPI | None = None
        self._analysis = Analysis()
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._analysis.close()

    @contextmanager
    def having(self, app: FastAPI) -> Iterator[None]:
        app.state.analysis = self._analysis  # its process takes two seconds to start; answers have their study's id
        self._app = app
        try:
            yield
        finally:
            self._app = None
            app.state.database.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._app is not None, "asked outside of a test"
        await self._app(scope, receive, send)
