"""Request bodies: read up to a limit, and decompressed up to the same limit."""

import zlib
from collections.abc import AsyncIterator, Iterator, Mapping

from starlette.types import Receive

from service.errors import BadPrediction, Invalid, ServiceError, TooLarge, UnsupportedMediaType

PIECE = 1 << 20
IDENTITY = "identity"
WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""How zlib is told the formats; ``deflate`` is zlib's own, as RFC 9110 has it."""


class Disconnected(Exception):
    """The client went away before its body was whole."""


async def read(headers: Mapping[bytes, bytes], receive: Receive, limit: int) -> bytes:
    """The body as it was sent. Raises TooLarge as soon as it is known to have more than ``limit`` bytes."""
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    message = await receive()
    if message["type"] != "http.request":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    chunks, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
    return b"".join(chunks)


def decompressed(body: bytes, encoding: bytes, limit: int) -> bytes:
    """Undoes one Content-Encoding. Raises TooLarge, UnsupportedMediaType and, for damaged data, BadPrediction."""
    decoder = _decoder(encoding.decode("latin-1"), limit, BadPrediction)
    if decoder is None:
        return body
    plain = b"".join(decoder.plain(body))
    decoder.end()
    return plain


async def unpacked(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> AsyncIterator[bytes]:
    """A body as it comes, undoing one Content-Encoding. Raises as :func:`decompressed`, for damaged data Invalid."""
    decoder = _decoder(encoding or IDENTITY, limit, Invalid)
    async for chunk in chunks:
        for plain in (chunk,) if decoder is None else decoder.plain(chunk):
            yield plain
    if decoder is not None:
        decoder.end()


def _decoder(encoding: str, limit: int, damaged: type[ServiceError]) -> "_Decoder | None":
    """None where there is nothing to undo."""
    name = encoding.strip().lower()
    if name == IDENTITY:
        return None
    bits = WINDOW_BITS.get(name)
    if bits is None:
        raise UnsupportedMediaType(f"Content-Encoding {name!r} is not known here: use gzip, deflate or none")
    return _Decoder(name, bits, limit, damaged)


class _Decoder:
    """Decompresses in pieces, so that no more than ``limit`` bytes and a piece are ever held; raises ``damaged``."""

    def __init__(self, name: str, bits: int, limit: int, damaged: type[ServiceError]) -> None:
        self._name, self._limit, self._damaged = name, limit, damaged
        self._zlib, self._size = zlib.decompressobj(bits), 0

    def plain(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            try:
                piece = self._zlib.decompress(chunk, PIECE)
            except zlib.error as error:
                raise self._damaged(f"the body is not {self._name}: {error}") from error
            self._size += len(piece)
            if self._size > self._limit:
                raise _too_large(self._limit)
            yield piece
            chunk = self._zlib.unconsumed_tail

    def end(self) -> None:
        if not self._zlib.eof or self._zlib.unused_data:
            raise self._damaged(f"the body is not {self._name}: it ends too soon or goes on too long")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than this server accepts: {limit} bytes")
