"""Reads one uploaded file in a process of its own, with bounded memory.

A request as JSON on standard input, the description or ``{"error": …}`` of a TableError on standard output.
"""

import json
import sys
from pathlib import Path

from bn_models.ingest.accept import accept
from bn_models.ingest.errors import TableError
from bn_models.ingest.options import Options

if sys.platform != "win32":
    import resource

MEMORY_FOR_LIBRARIES = 2 << 30
"""Address space, not memory in use: libraries reserve far more than they touch."""
NEEDS_MEMORY = "the file needs more memory than an upload is given"


def main() -> None:
    request = json.load(sys.stdin)
    most_bytes = request["most_bytes"]
    _limit_memory(8 * most_bytes + MEMORY_FOR_LIBRARIES)
    try:
        found = accept(Path(request["path"]), Options(**request["options"]), most_bytes, Path(request["destination"]))
    except TableError as error:
        found = {"error": error.to_json()}
    except MemoryError:
        found = {"error": TableError(NEEDS_MEMORY, "leave rows or columns out").to_json()}
    json.dump(found, sys.stdout)


def _limit_memory(most_bytes: int) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


if __name__ == "__main__":
    main()
