"""What the API answers, as people read it."""

from datetime import datetime
from typing import Any

from service.client import Job


def status_of(job: Job) -> str:
    diverged = (job["result"] or {}).get("diverged_at_epoch")
    return f"diverged at {diverged}" if diverged else str(job["status"])


def accuracy(value: Any) -> str:
    """A number with three digits; ``NaN`` and the like as they are; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, int | float) else str(value)


def when(time: str | None) -> str:
    return "" if time is None else datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M:%S")


def field_label(name: str) -> str:
    return name.replace("_", " ").capitalize()
