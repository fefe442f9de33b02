"""What the API answers, as people read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.client import JobJson, StudyJson


def status_of(job: JobJson) -> str:
    diverged = (job["result"] or {}).get("diverged_at_epoch")
    return f"diverged at {diverged}" if diverged else str(job["status"])


def accuracy(value: Any) -> str:
    """A number with three digits; ``NaN`` and the like as they are; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, int | float) else str(value)


def validates_apart(spec: Mapping[str, Any]) -> bool:
    """Whether the validation rows came off the training rows; otherwise they are the test rows."""
    return bool(spec["dataset"].get("validation_fraction"))


def when(time: str | None) -> str:
    return "" if time is None else datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M:%S")


def field_label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def title_of(study: StudyJson) -> str:
    return str(study["name"] or study["preset"] or f"Study {study['id']}")
