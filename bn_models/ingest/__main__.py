"""Reads one uploaded file in a process of its own, with bounded memory.

A request as JSON on standard input, the description or ``{"error": message}`` on standard output.
"""

import json
import sys
from pathlib import Path

from bn_models.ingest.accept import Options, accept
from bn_models.ingest.table import TableError

if sys.platform != "win32":
    import resource

MEMORY_FOR_LIBRARIES = 2 << 30
"""Address space, not memory in use: libraries reserve far more than they touch."""


def main() -> None:
    request = json.load(sys.stdin)
    most_bytes = request["most_bytes"]
    _limit_memory(8 * most_bytes + MEMORY_FOR_LIBRARIES)
    try:
        found = accept(Path(request["path"]), Options(**request["options"]), most_bytes, Path(request["destination"]))
    except TableError as error:
        found = {"error": str(error)}
    except MemoryError:
        found = {"error": "the file needs more memory than this server gives to an upload: leave rows or columns out"}
    json.dump(found, sys.stdout)


def _limit_memory(most_bytes: int) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


if __name__ == "__main__":
    main()
