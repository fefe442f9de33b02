"""What several schemas share: texts, tags, times, pages."""

from datetime import UTC, datetime
from typing import Annotated, Generic, Self, TypeVar, overload

from pydantic import BaseModel, StringConstraints

from service.store import pages

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Item = TypeVar("Item")
TagKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]{1,64}$")]


@overload
def time_out(seconds: float) -> datetime: ...
@overload
def time_out(seconds: float | None) -> datetime | None: ...
def time_out(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as the database has them, in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Page(BaseModel, Generic[Item]):
    data: list[Item]
    has_more: bool
    next: str | None

    @classmethod
    def of(cls, page: pages.Page[Item]) -> Self:
        return cls(data=list(page.items), has_more=page.next is not None, next=page.next)
