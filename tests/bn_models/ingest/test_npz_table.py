"""What is refused, each with what to mend; what is accepted is in test_accept."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.table_files import declared, npz, refusal

TEN = np.arange(10)
# content, options, what the message says
BROKEN: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "columns of npz": (npz(x=np.ones((10, 2)), y=TEN % 2), {"columns": ["a"]}, "tables with named columns"),
    "an unknown encoding": (npz(x=np.ones((10, 2)), y=np.array([b"a", b"b"] * 5)), {"encoding": "nowhere"},
        "there is no encoding 'nowhere'"),
    "not npz": (b"PK\x03\x04 torn", {}, "not a readable npz archive"),
    "other arrays": (npz(data=TEN), {}, "arrays must be x and y, or x_train and y_train, .* has data"),
    "pickles": (npz(x=np.array([{}] * 10), y=TEN % 2), {}, "array x holds pickled Python objects"),
    "fewer labels than rows": (npz(x=np.ones((10, 2)), y=TEN[:9] % 2), {},
        "y has shape .*one value for each of the 10 rows"),
    "flat x": (npz(x=TEN, y=TEN % 2), {}, r"x has shape \(10,\)"),
    "complex numbers": (npz(x=np.ones((10, 2), complex), y=TEN % 2), {}, "array x is complex128"),
    "NaN in npz": (npz(x=np.where(np.eye(10), np.nan, 1), y=TEN % 2), {}, r"row 1, column 'x\[0\]'"),
    "a target for npz": (npz(x=np.ones((10, 2)), y=TEN % 2), {"target": "y"}, "name no column to predict"),
    "a size that is a lie": (declared((1 << 20, 1 << 20)), {}, "declares shape"),
    "too many numbers": (npz(x=np.zeros((300_001, 1), np.uint8), y=np.zeros(300_001, np.uint8)), {},
        "at most 1,000,000 are accepted"),
    "a zip bomb": (declared((1 << 22,), b"\x00" * (1 << 24)), {}, "at most 1,000,000 are accepted"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_what_to_mend(tmp_path: Path, case: str) -> None:
    content, options, message = BROKEN[case]
    refused = refusal(content, "npz", tmp_path, **options)
    assert re.search(message, refused), refused
