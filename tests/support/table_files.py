"""Files with tables, good and broken, as bytes; and what is said of broken ones."""

import io
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bn_models.ingest.accept import accept
from bn_models.ingest.errors import TableError
from bn_models.ingest.options import Options


def csv(*lines: str, head: str = "a,b,label") -> str:
    return "\n".join([head, *lines]) + "\n"


GOOD = [f"{i},{i}.5,{'yes' if i % 2 else 'no'}" for i in range(10)]
"""Lines of a table that is accepted, with the columns a, b and label."""


def parquet(**columns: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def declared(shape: tuple[int, ...], data: bytes = b"") -> bytes:
    """An npz whose x says it has ``shape``."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", header.getvalue() + data)
        archive.writestr("y.npy", header.getvalue() + data)
    return file.getvalue()


def refusal(content: bytes | str, format: Literal["csv", "parquet", "npz"], folder: Path, **options: Any) -> str:
    """What accepting such a file says, which must be refused, where a dataset may have a million bytes."""
    path = folder / f"broken.{format}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(TableError) as refused:
        accept(path, Options(format, **options), 1_000_000, folder / "accepted.npz")
    return str(refused.value)
