"""What is refused, each with what to mend; what is accepted is in test_accept."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.table_files import parquet, refusal

TEN = np.arange(10)
# content, options, what the message says
BROKEN: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "not Parquet": (b"PAR1 and then nothing", {}, "not readable as Parquet"),
    "a damaged Parquet": (parquet(a=TEN, label=TEN % 2)[:-40] + b"\x00" * 36 + b"PAR1", {},
        "not readable as Parquet"),
    "a word for a missing label": (parquet(a=[1, 2, 3], label=["x", "NA", "y"]), {}, "row 2, .* which 'NA' stands for"),
    "nulls": (parquet(a=[1, None, 3], label=[0, 1, 0]), {}, "row 2, column 'a': the value is missing"),
    "Parquet with words": (parquet(a=["x"] * 10, label=TEN % 2), {},
        "column 'a' is string; features must be numbers"),
    "nested Parquet": (parquet(a=[[1], [2]], label=[0, 1]), {}, "column 'a' is list<"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_what_to_mend(tmp_path: Path, case: str) -> None:
    content, options, message = BROKEN[case]
    options = {"target": "label"} | options
    refused = refusal(content, "parquet", tmp_path, **options)
    assert re.search(message, refused), refused
