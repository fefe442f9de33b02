"""A file as a request's body, in pieces."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

PIECE = 1 << 16


@dataclass(frozen=True)
class Pieces:
    """The bytes of a file, from the beginning for every try."""

    file: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.file.open("rb") as content:
            yield from iter(lambda: content.read(PIECE), b"")


@dataclass(frozen=True)
class AsyncPieces:
    """:class:`Pieces` for asyncio."""

    file: Path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.file.open("rb") as content:
            while piece := await asyncio.to_thread(content.read, PIECE):
                yield piece
