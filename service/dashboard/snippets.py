"""The request a form makes, as curl and as Python."""

import json
import pprint
import shlex
from collections.abc import Mapping
from typing import Any


def curl(server: str, path: str, body: Mapping[str, Any]) -> str:
    written = shlex.quote(json.dumps(body, indent=2))
    return f"curl {server}{path} \\\n  -H 'Content-Type: application/json' \\\n  -d {written}"


def python(server: str, method: str, body: Mapping[str, Any]) -> str:
    written = pprint.pformat(dict(body), sort_dicts=False, width=60)
    return (
        "from service.client import BNLab\n\n"
        f"with BNLab({server!r}) as lab:\n"
        f"    answer = lab.{method}(\n{_indented(written, 8)}\n    )"
    )


def _indented(text: str, by: int) -> str:
    return "\n".join(" " * by + line for line in text.splitlines())
