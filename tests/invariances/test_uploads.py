"""What a file means does not depend on its format, whatever its labels and numbers look like."""

import csv
import io
import re
import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from bn_models.datasets.loading import load
from bn_models.ingest.accept import accept
from bn_models.ingest.errors import TableError
from bn_models.ingest.options import Options
from bn_models.spec.dataset import Uploaded
from tests.support.table_files import npz, parquet

ROWS_A_CLASS = 4
LOOK_ALIKE = [
    "0", "1", "01", "1.0", "1.50", "1_1", "11", "1E2", "1e2", "100", "-0", "+1", "٣", "3", "0x10", "½", "inf", "1e400",
    "9007199254740993", "9007199254740992", "True", "TRUE", "true", "False", "NA", "nan", "NaN", "null", "None", "?",
    "n/a", "\u00e9", "e\u0301", " 1", "1 ",
]  # fmt: skip
LABELS = st.sampled_from(LOOK_ALIKE) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
)
FILES = count()
"""Their names: a dataset is loaded once."""
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def in_formats(x: Any, y: Sequence[str]) -> dict[str, bytes]:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerows([["a", "b", "y"], *([*row, label] for row, label in zip(x.tolist(), y, strict=True))])
    words = pa.array(y, pa.string())
    return {
        "csv": file.getvalue().encode(),
        "parquet": parquet(a=x[:, 0], b=x[:, 1], y=words),
        "npz": npz(x=x, y=np.array(y)),
    }


def outcome(content: bytes, format: Any, folder: Path, **options: Any) -> dict[str, Any] | TableError:
    path = folder / f"file.{format}"
    path.write_bytes(content)
    target = None if format == "npz" else "y"
    try:
        return accept(path, Options(format, target, **options), 1_000_000, folder / "accepted.npz")
    except TableError as error:
        return error


FEW = settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


def told(words: Sequence[str], labels: Sequence[object]) -> set[str]:
    """The words as they were written; of integers without the fraction that a column of floats gives them."""
    whole = re.compile(r"\.0+$" if all(isinstance(label, int) for label in labels) else "(?!)")
    return {whole.sub("", word.strip()) for word in words}


@FEW
@given(labels=st.lists(LABELS, min_size=2, max_size=4, unique=True), markers=st.sampled_from([None, ["?"], [""]]))
def test_every_format_has_the_same_classes(labels: list[str], markers: list[str] | None, tmp_path: Path) -> None:
    """As many as there are distinct labels, or a refusal in all of them."""
    y = labels * ROWS_A_CLASS
    x = np.arange(2.0 * len(y)).reshape(-1, 2) % 7
    files = in_formats(x, y)
    found = {format: outcome(files[format], format, tmp_path, missing_values=markers) for format in files}
    refused = [format for format, result in found.items() if isinstance(result, TableError)]
    assert refused in ([], list(files)), found
    for result in found.values():
        if not isinstance(result, TableError):
            assert result["labels"] == found["csv"]["labels"]  # type: ignore[index]
            assert {str(label) for label in result["labels"]} == told(labels, result["labels"])
            assert result["class_counts"] == [ROWS_A_CLASS] * len(labels)


@FEW
@given(labels=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 12), min_size=2, max_size=4, unique=True))
def test_every_format_has_the_same_integers(labels: list[int], tmp_path: Path) -> None:
    y = labels * ROWS_A_CLASS
    x = np.arange(2.0 * len(y)).reshape(-1, 2) % 7
    files = {
        "csv": in_formats(x, list(map(str, y)))["csv"],
        "parquet": parquet(a=x[:, 0], b=x[:, 1], y=y),
        "npz": npz(x=x, y=np.array(y, np.int64)),
    }
    found = [outcome(files[format], format, tmp_path) for format in files]
    assert [result["labels"] for result in found] == [found[0]["labels"]] * 3  # type: ignore[index]
    assert sorted(map(int, found[0]["labels"])) == sorted(labels)  # type: ignore[index]


@FEW
@given(x=arrays_of.arrays(np.float64, (12, 2), elements=FINITE), standardize=st.booleans())
def test_every_finite_number_is_one_that_networks_can_read_or_is_refused(
    x: Any, standardize: bool, tmp_path: Path
) -> None:
    files = in_formats(x, ["no", "yes"] * 6)
    for format, content in files.items():
        found = outcome(content, format, tmp_path, standardize=standardize)
        if isinstance(found, TableError):
            continue
        names = ("task", "row_shape", "labels", "train_rows", "test_rows")
        spec = Uploaded.model_validate({"name": "x", "sha256": "0" * 64, **{name: found[name] for name in names}})
        data = load(spec, None, Path(shutil.copy(tmp_path / "accepted.npz", tmp_path / f"{next(FILES)}.npz")))
        for numbers in (data.train.x, data.validation.x, data.preprocessing.scale, data.preprocessing.offset):
            assert np.isfinite(numbers).all()
