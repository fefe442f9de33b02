"""Request bodies of predictions: read up to a limit, and decompressed up to the same limit."""

import zlib
from collections.abc import AsyncIterator, Mapping

from starlette.types import Receive

from service.errors import BadPrediction, Invalid, TooLarge, UnsupportedMediaType

PIECE = 1 << 20
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
    name = encoding.decode("latin-1").strip().lower()
    if name == "identity":
        return body
    bits = WINDOW_BITS.get(name)
    if bits is None:
        raise UnsupportedMediaType(f"Content-Encoding {name!r} is not known here: use gzip, deflate or none")
    decompressor = zlib.decompressobj(bits)
    try:
        plain = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise BadPrediction(f"the body is not {name}: {error}") from error
    if len(plain) > limit:
        raise _too_large(limit)
    if not decompressor.eof or decompressor.unused_data:
        raise BadPrediction(f"the body is not {name}: it ends too soon or goes on too long")
    return plain


async def unpacked(chunks: AsyncIterator[bytes], encoding: str, limit: int) -> AsyncIterator[bytes]:
    """A body as it comes, undoing gzip or deflate. Raises as :func:`decompressed`, as soon as it is known."""
    name = encoding.strip().lower() or "identity"
    if name == "identity":
        async for chunk in chunks:
            yield chunk
        return
    bits, size = WINDOW_BITS.get(name), 0
    if bits is None:
        raise UnsupportedMediaType(f"Content-Encoding {name!r} is not known here: use gzip, deflate or none")
    decompressor = zlib.decompressobj(bits)
    async for chunk in chunks:
        while chunk:
            try:
                plain = decompressor.decompress(chunk, PIECE)
            except zlib.error as error:
                raise Invalid(f"the body is not {name}: {error}") from error
            size += len(plain)
            if size > limit:
                raise _too_large(limit)
            yield plain
            chunk = decompressor.unconsumed_tail
    if not decompressor.eof or decompressor.unused_data:
        raise Invalid(f"the body is not {name}: it ends too soon or goes on too long")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than this server accepts: {limit} bytes")
