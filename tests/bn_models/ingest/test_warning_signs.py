import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bn_models.ingest.accept import accept
from bn_models.ingest.options import Options

RNG = np.random.default_rng(0)
ROWS = 100
Y = RNG.integers(0, 2, ROWS)
X = RNG.normal(size=(ROWS, 2))
LARGE = 100_000_000


def warnings(folder: Path, **arrays: Any) -> list[str]:
    """Of an npz file, whose columns are x[0], x[1], …"""
    task = arrays.pop("task", "classification")
    np.savez(folder / "t.npz", **arrays)
    found: list[str] = accept(folder / "t.npz", Options("npz", task=task), LARGE, folder / "out.npz")["warnings"]
    return found


def with_column(column: Any) -> Any:
    return np.column_stack([X, column])


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"x": X, "y": Y}, []),
        ({"x": with_column(RNG.permutation(ROWS)), "y": Y}, [r"column 'x\[2\]' has another whole number in each row"]),
        ({"x": with_column(-Y), "y": Y}, [r"column 'x\[2\]' alone tells the target 'y', for 100.0%"]),
        ({"x": with_column(2 * X[:, 0] + 1), "y": X[:, 0], "task": "regression"},
         [r"column 'x\[0\]' alone tells", r"column 'x\[2\]' alone tells the target 'y', with a correlation of 1.0000"]),
        ({"x": X, "y": np.arange(ROWS) % 10 > 0}, ["class 'True' of target 'y' has 90.0% of the rows"]),
        ({"x": X, "y": np.append(Y[:-1], 7)}, ["class 7 of .* has one row, which is trained on and never tested"]),
        ({"x": X, "y": np.append(Y[:-2], [7, 7])}, ["class 7 of target 'y' has (one row to train|no row to test) on"]),
        ({"x_train": X, "y_train": Y, "x_test": X[:3] + 1, "y_test": Y[:3] * 0}, ["class 1 .* has no row to test on"]),
        ({"x_train": X, "y_train": Y, "x_test": X[:7], "y_test": Y[:7]}, ["7 of the 7 rows to test on are equal to"]),
        ({"x_train": X, "y_train": Y, "x_test": X[:4].astype(np.float32), "y_test": Y[:4]}, ["4 of the 4 rows"]),
    ],
    ids=["nothing", "id", "copy", "regression", "largest class", "one row", "two rows", "untested", "equal",
         "nearly equal"],
)  # fmt: skip
def test_what_should_be_looked_at_is_named_with_what_to_do(tmp_path: Path, arrays: Any, told: list[str]) -> None:
    found = warnings(tmp_path, **arrays)
    assert len(found) == len(told), found
    for sentence, expected in zip(found, told, strict=True):
        assert re.match(expected, sentence), sentence


def test_rows_that_differ_where_float32_would_not_see_it_are_not_equal(tmp_path: Path) -> None:
    seconds = 1.7e9 + np.arange(ROWS) + RNG.uniform(0, 0.5, ROWS)
    assert warnings(tmp_path, x=seconds[:, None], y=Y) == []


def test_every_reason_names_ten_columns_at_most(tmp_path: Path) -> None:
    found = warnings(tmp_path, x=np.column_stack([RNG.permutation(ROWS) for _ in range(30)]), y=Y)
    assert len(found) == 10


def test_images_have_no_ids(tmp_path: Path) -> None:
    assert warnings(tmp_path, x=RNG.integers(0, 255, (ROWS, 8, 8), np.uint8), y=Y) == []
