"""A file field that sends its file to the API from the browser."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

UPLOAD_SECONDS = 600.0


class FileField(ui.element, component="file_field.js"):
    """``on_chosen`` is given the file's ``name``, ``size`` and, of CSV, its first ``lines``."""

    def __init__(self, on_chosen: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self.on("chosen", lambda event: on_chosen(event.args))

    async def put(self, url: str) -> tuple[int, dict[str, Any]]:
        """The status and the answer of the API; status 0 when there was none."""
        answer = await self.run_method("put", url, timeout=UPLOAD_SECONDS)
        return answer["status"], answer["body"]
