"""2^63 + 0…6 are one float64; so are 2^53 and 2^53 + 1."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bn_models.ingest.accept import accept
from bn_models.ingest.errors import TableError
from bn_models.ingest.options import Options

ROWS = 60_000  # more than are read at once
FORMATS = ("csv", "parquet", "npz")


def accepted(folder: Path, format: Any, a: np.ndarray, y: np.ndarray, **options: Any) -> dict[str, Any]:
    path = folder / f"table.{format}"
    if format == "npz":
        np.savez(path, x=a[:, None], y=y)
    elif format == "parquet":
        pq.write_table(pa.table({"a": a, "y": y}), path)
    else:
        path.write_text("a,y\n" + "".join(f"{one},{label}\n" for one, label in zip(a, y, strict=True)))
    target = None if format == "npz" else "y"
    return accept(path, Options(format, target, **options), 10_000_000, folder / "accepted.npz")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "integers",
    [
        np.uint64(2**63) + np.arange(ROWS, dtype=np.uint64) % 7,
        np.repeat(np.array([2**53, 2**53 + 1], np.int64), ROWS // 2),  # each where it is read alone
        np.array([-(2**62), -(2**62) + 1, 5, 6], np.int64),
    ],
)
def test_a_column_whose_integers_would_merge_is_refused_by_name(tmp_path: Path, format: str, integers: Any) -> None:
    name = r"x\[0\]" if format == "npz" else "a"
    with pytest.raises(TableError, match=rf"column '{name}': -?\d+ and -?\d+ are one 64-bit .*; subtract"):
        accepted(tmp_path, format, integers, np.arange(len(integers)) % 2)


@pytest.mark.parametrize("format", FORMATS)
def test_so_is_the_target_of_a_regression_and_no_class(tmp_path: Path, format: str) -> None:
    y = np.int64(2**60) + np.arange(12) % 2
    with pytest.raises(TableError, match="column 'y': 1152921504606846976 and 1152921504606846977 are one"):
        accepted(tmp_path, format, np.arange(12), y, task="regression")
    assert accepted(tmp_path, format, np.arange(12), y)["labels"] == ["1152921504606846976", "1152921504606846977"]


@pytest.mark.parametrize("format", FORMATS)
def test_integers_that_stay_apart_are_accepted(tmp_path: Path, format: str) -> None:
    """Rounded they may be: 2^60 + 1 is 2^60."""
    integers = np.int64(2**60) + 1 + 1024 * (np.arange(40) % 7)
    assert accepted(tmp_path, format, integers, np.arange(40) % 2)["rows"] == 40


def test_python_integers_are_told_apart_too(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,y\n" + f"{10**30},0\n{10**30 + 1},1\n" * 6)
    with pytest.raises(TableError, match="are one 64-bit"):
        accept(path, Options("csv", "y"), 1_000_000, tmp_path / "accepted.npz")


@pytest.mark.parametrize("other", ["0" * 5000 + "1", "1e30", "-1.5"])
def test_other_numbers_beside_large_integers_are_none(tmp_path: Path, other: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,y\n" + f"{10**30},0\n{other},1\n" * 6)
    assert accept(path, Options("csv", "y"), 1_000_000, tmp_path / "accepted.npz")["rows"] == 12
