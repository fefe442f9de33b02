"""An id for every request: in its log lines and in its answer."""

import re
from itertools import count
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.logs import request_id

HEADER = b"x-request-id"
PROCESS, NUMBERS = token_hex(8).encode(), count()
"""An id is both: a random one each time would take longer than routing the request does."""
WELL_FORMED = re.compile(rb"[\x21-\x7e]{1,128}")


class RequestIds:
    """Takes the client's X-Request-ID if it is up to 128 visible ASCII characters, else makes one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        given = next((value for name, value in scope["headers"] if name == HEADER), b"")
        current = given if WELL_FORMED.fullmatch(given) else b"%s%016x" % (PROCESS, next(NUMBERS))

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, current)]}
            await send(message)

        request_id.set(current.decode())  # every request has a context of its own
        await self._app(scope, receive, send_with_id)
