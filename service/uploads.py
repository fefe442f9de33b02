"""Has an uploaded file read and checked by a process of its own: its memory, its time and its crashes are not ours."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from bn_models.ingest.errors import Remedy, TableError
from service.errors import UnreadableFile
from service.store.datasets import AcceptedUpload
from service.store.upload_options import FileOptions

AT_ONCE = 2
SECONDS = 300.0
ENVIRONMENT = {
    # One thread and no reserves: the process's address space is bounded.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
IN_A_REQUEST = {
    Remedy.NAME_TARGET: "say which one with target=<column>",
    Remedy.NAME_COLUMNS: "name the others with columns=…",
    Remedy.DROP_ROWS: "leave such rows out with missing=drop",
    Remedy.MARK_MISSING: "name all that stands for a missing value with missing_values=, once for each",
    Remedy.AS_CLASSES: "use task=classification",
    Remedy.AS_NUMBER: "use task=regression if it is a number to predict",
    Remedy.CHANGE_TEST_FRACTION: "change test_fraction",
    Remedy.RAISE_LIMIT: "raise BNLAB_MAX_DATASET_BYTES",
    Remedy.STANDARDIZE: "use standardize=true",
    Remedy.NO_HEADER: "use header=false, which names the columns 0, 1, …",
    Remedy.HEADER: "use header=true if they are names",
    Remedy.DELIMITER: "name it with delimiter=",
    Remedy.DECIMAL: "use decimal=, if it is the decimal mark",
    Remedy.ENCODING: "name its encoding with encoding=, as utf-16 or cp1252",
    Remedy.OTHER_TYPE: "send it with its own Content-Type",
    Remedy.COMPRESSED: "send it with Content-Encoding: gzip",
}
"""What helps, as the parameters of an upload and the settings of the server."""


class Uploads:
    """Accepts files of at most ``most_bytes`` with arrays of at most as many bytes as 32-bit numbers; two at once."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._turn = threading.Semaphore(AT_ONCE)

    def accept(self, source: Path, options: FileOptions) -> AcceptedUpload:
        """Checks ``source`` and writes the dataset beside it. Raises UnreadableFile with what to mend."""
        destination = source.with_suffix(".accepted.npz")
        request = {
            "path": str(source), "destination": str(destination), "options": options.model_dump(),
            "most_bytes": self._most_bytes,
        }  # fmt: skip
        with self._turn:
            found = _answer(request)
        if "error" in found:
            raise _unreadable(TableError.from_json(found["error"]))
        return AcceptedUpload(sha256_of(source), options, found, destination)


def _unreadable(error: TableError) -> UnreadableFile:
    remedies = [
        {"code": one.name, "msg": IN_A_REQUEST[one]} if isinstance(one, Remedy) else {"msg": one}
        for one in error.remedies
    ]
    return UnreadableFile(error.said(IN_A_REQUEST), error.fact, remedies)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        process = subprocess.run(
            [sys.executable, "-m", "bn_models.ingest"],
            input=json.dumps(request).encode(), capture_output=True, env={**os.environ, **ENVIRONMENT}, timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        late = TableError(f"the file could not be read within {SECONDS:g} s", "leave rows or columns out")
        return {"error": late.to_json()}
    if process.returncode < 0:  # killed by a signal: a damaged file in the hands of native code, or memory
        broken = TableError("reading the file broke the reader: the file is damaged or far too large", "write it anew")
        return {"error": broken.to_json()}
    if process.returncode:
        raise RuntimeError(f"bn_models.ingest: {process.stderr.decode(errors='replace')[-2000:]}")
    found: dict[str, Any] = json.loads(process.stdout)
    return found
