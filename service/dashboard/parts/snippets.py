"""The request a form makes, as curl and as Python."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from service.dashboard.parts import frame, snippets, widgets


def curl(server: str, path: str, body: Mapping[str, Any]) -> str:
    written = shlex.quote(json.dumps(body, indent=2))
    return f"curl {server}{path} \\\n  -H 'Content-Type: application/json' \\\n  -d {written}"


def python(server: str, method: str, body: Mapping[str, Any]) -> str:
    return f"from bnlab import BNLab\n\nwith BNLab({server!r}) as lab:\n    answer = lab.{method}({_literal(body, 4)})"


def _literal(value: Any, indent: int) -> str:
    """Python's spelling, one member of a dictionary a line."""
    if not isinstance(value, Mapping) or not value:
        return repr(value)
    inner = " " * (indent + 4)
    members = "".join(f"{inner}{key!r}: {_literal(member, indent + 4)},\n" for key, member in value.items())
    return "{\n" + members + " " * indent + "}"


class Snippets:
    """The request that the form makes, as curl and as Python, kept up to date."""

    def __init__(self, path: str, method: str) -> None:
        self._path, self._method, self._server = path, method, frame.public_address()
        with widgets.card("The same with curl"):
            self._curl = widgets.code()
        with widgets.card("The same in Python"):
            self._python = widgets.code()

    def update(self, body: dict[str, Any]) -> None:
        self._curl.content = widgets.escaped(snippets.curl(self._server, self._path, body))
        self._python.content = widgets.escaped(snippets.python(self._server, self._method, body))
