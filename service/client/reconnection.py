"""How long a server that goes away is waited for."""

import math
import time

import httpx

from service.client.responses import ServerError

RECONNECT_SECONDS = 30.0
"""How long a server that goes away while its events are followed may take to come back."""


class Connection:
    """A connection to events: a server that goes away has a while to come back, one that was never there has not."""

    def __init__(self) -> None:
        self._broken: float | None = -math.inf  # since when

    def made(self) -> None:
        self._broken = None

    def broke(self, server: httpx.URL, error: httpx.TransportError) -> None:
        """Raises ServerError when it is not to be made again."""
        now = time.monotonic()
        self._broken = now if self._broken is None else self._broken
        if now - self._broken >= RECONNECT_SECONDS:
            raise ServerError(f"the connection to {server} failed: {error}") from error
