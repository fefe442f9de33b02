import numpy as np
import pytest

from bn_models.ingest.row_numbers import numbers_rows

RNG = np.random.default_rng(0)
ROWS = 120


@pytest.mark.parametrize("name", ["a", "zone", "humid"])
@pytest.mark.parametrize(
    "column",
    [
        np.arange(ROWS),
        np.arange(ROWS)[::-1] + 1,
        RNG.permutation(ROWS),
        RNG.permutation(ROWS) * 10 + 5,
        RNG.choice(ROWS * 3 // 2, ROWS, replace=False),  # rows were left out
        np.cumsum(RNG.integers(1, 1000, ROWS)),
    ],
    ids=["counted", "backwards", "shuffled", "in steps", "with gaps", "in the file's order"],
)
def test_an_id_is_one_whatever_its_name(name: str, column: np.ndarray) -> None:
    assert numbers_rows(column.astype(np.float64), name)


@pytest.mark.parametrize(
    "name", ["id", "ID", "patient_id", "PassengerId", "Unnamed: 0", "index", "sample no", "row_id"]
)
def test_other_integers_are_ids_where_they_are_called_so(name: str) -> None:
    apart = RNG.choice(1_000_000, ROWS, replace=False).astype(np.float64)
    assert numbers_rows(apart, name)
    assert not any(numbers_rows(apart, other) for other in ("income", "humid", "valid", "monkey", "paid", "Minor"))


@pytest.mark.parametrize(
    "column",
    [
        RNG.normal(size=ROWS),
        np.sort(RNG.normal(size=ROWS)),
        np.arange(ROWS) + 0.5,
        RNG.integers(0, 50, ROWS),
        np.append(np.arange(ROWS - 1), 3),
        np.arange(ROWS) * 1e300,
        np.zeros(ROWS),
    ],
    ids=["floats", "sorted floats", "halves", "counts", "one twice", "huge", "constant"],
)
def test_measurements_and_categories_are_no_ids(column: np.ndarray) -> None:
    assert not numbers_rows(column.astype(np.float64), "id")


def test_few_rows_are_no_proof() -> None:
    assert not numbers_rows(np.array([3.0, 1.0, 2.0]), "size")
