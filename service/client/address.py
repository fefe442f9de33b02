"""Where the server is when a client is not told: the one place that reads BNLAB_SERVER."""

import os

import httpx

from service.client.responses import NotSent
from service.vocabulary import DEFAULT_SERVER


def server_or_default(server: str | None) -> str:
    """``server``, or what BNLAB_SERVER says, or the address that ``bnlab serve`` has by itself. Raises NotSent."""
    return said_server(server) or DEFAULT_SERVER


def said_server(server: str | None) -> str | None:
    """``server``, or what BNLAB_SERVER says; None when neither says anything. Raises NotSent for what is no URL."""
    source = "server"
    if server is None:
        source, server = "BNLAB_SERVER", os.environ.get("BNLAB_SERVER") or None
    if server is None:
        return None
    try:
        url = httpx.URL(server)
    except httpx.InvalidURL as error:
        raise NotSent(f"{source} {server!r} is no URL ({error}): give one like {DEFAULT_SERVER}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise NotSent(f"{source} {server!r} is no URL of a server: give one like {DEFAULT_SERVER}")
    return server
