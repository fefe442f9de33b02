"""What is accepted, against scikit-learn; what is refused is in tests/service/api/test_datasets.py."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from bn_models.datasets.arrays import Data, Preprocessing
from bn_models.datasets.loading import load
from bn_models.ingest import csv_table
from bn_models.ingest.accept import accept
from bn_models.ingest.errors import TableError
from bn_models.ingest.options import Options
from bn_models.spec.dataset import Uploaded

CULTIVARS = np.array(["Barolo", "Grignolino", "Barbera"])
LARGE = 10_000_000


def raw(numbers: Any, preprocessing: Preprocessing) -> Any:
    """What was preprocessed to ``numbers``."""
    return numbers.astype(np.float64) / preprocessing.scale + preprocessing.offset


def write_csv(path: Path, x: Any, y: Any) -> Path:
    names = [f"c{i}" for i in range(x.shape[1])]
    lines = [",".join([*map(repr, row), str(label)]) for row, label in zip(x.tolist(), y.tolist(), strict=True)]
    path.write_text("\n".join([",".join([*names, "target"]), *lines]) + "\n")
    return path


def accepted(path: Path, **options: Any) -> tuple[dict[str, Any], Data]:
    """The description and the data as a trainer has it."""
    file = path.with_suffix(".out.npz")
    options = {"format": "csv", "target": "target"} | options
    found = accept(path, Options(**options), LARGE, file)
    names = ("task", "row_shape", "labels", "train_rows", "test_rows")
    spec = Uploaded.model_validate({"name": "x", "sha256": "0" * 64, **{name: found[name] for name in names}})
    return found, load(spec, None, file)


def test_words_are_classes_in_alphabetical_order_and_the_split_is_scikit_learns(tmp_path: Path) -> None:
    wine = load_wine()
    found, data = accepted(write_csv(tmp_path / "wine.csv", wine.data, CULTIVARS[wine.target]), seed=3)
    assert found["labels"] == ["Barbera", "Barolo", "Grignolino"]
    labels = CULTIVARS[wine.target]
    x_train, x_test, y_train, y_test = train_test_split(
        wine.data.astype(np.float32), labels, test_size=0.2, random_state=3, stratify=labels
    )
    np.testing.assert_array_equal(np.array(found["labels"])[data.train.y], y_train)
    np.testing.assert_array_equal(np.array(found["labels"])[data.validation.y], y_test)
    scaler = StandardScaler().fit(x_train)
    np.testing.assert_allclose(data.train.x, scaler.transform(x_train), atol=1e-5)
    np.testing.assert_allclose(data.validation.x, scaler.transform(x_test), atol=1e-5)
    np.testing.assert_allclose(raw(data.validation.x, data.preprocessing), x_test, rtol=1e-5)


def test_integers_are_classes_in_their_own_order(tmp_path: Path) -> None:
    y = np.tile([10, 9, -1], 10)
    found, data = accepted(write_csv(tmp_path / "t.csv", np.arange(60.0).reshape(30, 2), y))
    assert found["labels"] == [-1, 9, 10]
    assert found["class_counts"] == [10, 10, 10]
    assert set(data.validation.y) == {0, 1, 2}


def test_a_regression_is_standardized_and_known_in_its_own_units(tmp_path: Path) -> None:
    diabetes = load_diabetes()
    found, data = accepted(write_csv(tmp_path / "d.csv", diabetes.data, diabetes.target), task="regression")
    assert (found["labels"], found["task"]) == ([], "regression")
    _, _, y_train, y_test = train_test_split(diabetes.data, diabetes.target, test_size=0.2, random_state=0)
    assert data.train.y.mean() == pytest.approx(0, abs=1e-5)
    assert data.train.y.std() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(raw(data.train.y, data.target), y_train, rtol=1e-5)
    np.testing.assert_allclose(raw(data.validation.y, data.target), y_test, rtol=1e-5)


def test_without_standardization_rows_are_as_they_were(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(5, 2, (20, 3)).astype(np.float32)
    _, data = accepted(write_csv(tmp_path / "t.csv", x, np.arange(20) % 2), standardize=False)
    assert {tuple(row) for row in data.train.x} <= {tuple(row) for row in x}


def test_a_column_of_one_value_is_no_division_by_zero(tmp_path: Path) -> None:
    x = np.stack([np.full(20, 7.0), np.arange(20.0)], axis=1)
    _, data = accepted(write_csv(tmp_path / "t.csv", x, np.arange(20) % 2))
    assert (data.train.x[:, 0] == 0).all()


def test_an_npz_of_images_keeps_its_own_split(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "x_train": rng.integers(0, 255, (12, 4, 4), np.uint8), "y_train": np.arange(12) % 3,
        "x_test": rng.integers(0, 255, (6, 4, 4), np.uint8), "y_test": np.arange(6)[:, None] % 3,
    }  # fmt: skip
    np.savez(tmp_path / "i.npz", **arrays)
    found, data = accepted(tmp_path / "i.npz", format="npz", target=None, standardize=False)
    assert (found["row_shape"], found["train_rows"], found["test_rows"]) == ([4, 4], 12, 6)
    np.testing.assert_array_equal(data.validation.x, arrays["x_test"])
    np.testing.assert_array_equal(data.validation.y, np.arange(6) % 3)


def test_fortran_order_and_words_in_npz(tmp_path: Path) -> None:
    x = np.asfortranarray(np.arange(40.0).reshape(20, 2))
    np.savez(tmp_path / "f.npz", x=x, y=np.tile(["no", "yes"], 10))
    found, data = accepted(tmp_path / "f.npz", format="npz", target=None, standardize=False)
    assert found["labels"] == ["no", "yes"]
    rows = np.concatenate([data.train.x, data.validation.x])
    np.testing.assert_array_equal(rows[np.argsort(rows[:, 0])], x)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(1, 12_000), column=st.integers(0, 1), cell=st.sampled_from(["", "word", "nan", "inf", "true"]))
def test_the_first_bad_cell_is_named_wherever_it_is(tmp_path: Path, row: int, column: int, cell: str) -> None:
    rows = [["1", "2", "yes"] for _ in range(12_000)]
    rows[row - 1][column] = cell
    rows[-1][column] = cell
    (tmp_path / "t.csv").write_text("a,b,target\n\n" + "\n".join(",".join(line) for line in rows))
    with pytest.raises(TableError, match=f"^row {row}, column '{'ab'[column]}': "):
        csv_table.read(tmp_path / "t.csv", Options("csv", "target"), LARGE)


def test_quoted_cells_booleans_and_a_byte_order_mark(tmp_path: Path) -> None:
    lines = ["a,flag,target"] + [f'"{i}",{"True" if i % 3 else "false"},"one, two"' for i in range(4)]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    table = csv_table.read(tmp_path / "t.csv", Options("csv", "target"), LARGE)
    assert [column.dtype for column in table.columns] == ["int", "bool"]
    assert table.x[:, 1].tolist() == [0, 1, 1, 0]
    assert table.y == ["one, two"] * 4


def test_what_is_wrong_with_a_file_is_said_without_scikit_learn() -> None:
    code = "import bn_models.ingest.accept, sys; assert not {'sklearn', 'pyarrow', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
