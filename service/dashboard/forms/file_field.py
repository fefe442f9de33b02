"""A file field that sends its file to the API from the browser."""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

UPLOAD_SECONDS = 600.0
PIECE_BYTES = 500_000
"""A message of the page has 1 MB at most."""


class FileField(ui.element, component="file_field.js"):
    """``on_chosen`` is given the file's ``name``, ``size`` and, of CSV, its first ``lines``."""

    def __init__(self, on_chosen: Callable[[dict[str, Any]], Awaitable[None] | None]) -> None:
        super().__init__()
        self.on("chosen", lambda event: on_chosen(event.args))

    async def put(self, url: str) -> tuple[int, dict[str, Any]]:
        """The status and the answer of the API; status 0 when there was none."""
        answer = await self.run_method("put", url, timeout=UPLOAD_SECONDS)
        return answer["status"], answer["body"]

    async def read(self, size: int) -> bytes:
        """The first ``size`` bytes of the file that was chosen."""
        pieces = [
            await self.run_method("piece", begin, min(begin + PIECE_BYTES, size), timeout=UPLOAD_SECONDS)
            for begin in range(0, size, PIECE_BYTES)
        ]
        return b"".join(map(base64.b64decode, pieces))
