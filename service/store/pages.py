"""Pages of lists, newest first: where the next one begins is an id, so what is new meanwhile moves nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session


class _WithId(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_WithId)
Item = TypeVar("Item")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """``next`` is the id that the next page comes after; None: there is none."""

    items: Sequence[Item]
    next: str | None

    def map(self, as_other: Callable[[Item], Other]) -> "Page[Other]":
        return Page([as_other(item) for item in self.items], self.next)


def page(
    session: Session, rows: Select[Row], id: InstrumentedAttribute[str], *, limit: int, after: str | None
) -> Page[Row]:
    """Up to ``limit`` of ``rows`` whose ``id`` is older than ``after``; ids sort by the time of creation."""
    if after is not None:
        rows = rows.where(id < after)
    found = session.scalars(rows.order_by(id.desc()).limit(limit + 1)).all()
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)
