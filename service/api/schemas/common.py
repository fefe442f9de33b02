"""What several schemas share: texts, tags, times."""

from datetime import UTC, datetime
from typing import Annotated, overload

from pydantic import StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
TagKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]{1,64}$")]


@overload
def time_out(seconds: float) -> datetime: ...
@overload
def time_out(seconds: float | None) -> datetime | None: ...
def time_out(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as the database has them, in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
