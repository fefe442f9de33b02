"""Log lines as text or as JSON, with the ids of the request and the job they are about."""

import logging
from contextvars import ContextVar
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

LogFormat = Literal["text", "json"]

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered; None outside of requests."""


class _RequestId(logging.Filter):
    """Puts the current request's id onto every record; job ids come with ``extra={"job_id": …}``."""

    def filter(self, record: logging.LogRecord) -> bool:
        if (current := request_id.get()) is not None:
            record.request_id = current
        return True


def configure(log_format: LogFormat, level: str) -> None:
    """Has all of this process's messages from ``level`` on written to standard error, one line each."""
    handler = logging.StreamHandler()
    handler.addFilter(_RequestId())
    if log_format == "json":
        names = {"levelname": "level", "name": "logger"}
        handler.setFormatter(JsonFormatter("%(message)s %(levelname)s %(name)s", rename_fields=names, timestamp="time"))
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s:     %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
