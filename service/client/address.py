"""Where the server is when a client is not told."""

import os

from service.vocabulary import DEFAULT_SERVER


def server_or_default(server: str | None) -> str:
    """``server``, or what BNLAB_SERVER says, or the address that ``bnlab serve`` has by itself."""
    if server is not None:
        return server
    return os.environ.get("BNLAB_SERVER") or DEFAULT_SERVER
