"""The same table, told otherwise, gives the same findings.

Where the change can be undone without rounding the run has the same bits: cells are eighths and there are 16 rows to
train on, so that adding 1e9 to them, taking their mean and multiplying by powers of two are exact in float64. Where it
cannot (1e30 is no power of two; the order of columns, rows and classes is an order of sums) the runs agree as two
orders of float32 summation do after a few steps. Those networks are of tanh: rounding decides nothing at a kink.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from bn_models.ingest.errors import TableError
from bn_models.spec import TrainingSpec
from bn_models.training.checkpoint import decode, encode
from tests.support.table_files import npz, parquet
from tests.support.uploaded_runs import Run, Upload, UploadedRuns

pytestmark = pytest.mark.slow
Array = np.ndarray[Any, Any]
Output = Literal["softmax", "sigmoid", "regression"]
ROWS, TRAIN_ROWS, COLUMNS, HIDDEN = 24, 16, 4, 5
CLASSES: dict[Output, int] = {"softmax": 3, "sigmoid": 2, "regression": 0}


@dataclass(frozen=True)
class Table:
    """x: (rows, columns); y: words, or numbers of a regression."""

    x: Array
    y: Array
    names: Sequence[str] = tuple(f"c{i}" for i in range(COLUMNS))

    @property
    def task(self) -> str:
        return "classification" if self.y.dtype.kind == "U" else "regression"

    def as_csv(self, digits: str = "{!r}") -> bytes:
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow([*self.names, "y"])
        for row, target in zip(self.x.tolist(), self.y.tolist(), strict=True):
            writer.writerow([*map(digits.format, row), target if isinstance(target, str) else digits.format(target)])
        return file.getvalue().encode()

    def as_parquet(self) -> bytes:
        return parquet(**dict(zip(self.names, self.x.T, strict=True)), y=pa.array(self.y.tolist()))

    def as_npz(self) -> bytes:
        return npz(x=self.x, y=self.y)

    def as_split_npz(self) -> bytes:
        """Its first 16 rows to train on, whatever the labels are."""
        n = TRAIN_ROWS
        return npz(x_train=self.x[:n], y_train=self.y[:n], x_test=self.x[n:], y_test=self.y[n:])

    def with_column(self, column: int, values: Array) -> "Table":
        """``column`` -1 is the target."""
        if column < 0:
            return replace(self, y=values)
        x = self.x.copy()
        x[:, column] = values
        return replace(self, x=x)

    def column(self, column: int) -> Array:
        values: Array = self.y if column < 0 else self.x[:, column]
        return values


EIGHTHS = st.integers(-64, 64).map(lambda n: n / 8)
"""With few digits, so that much that is done to them is exact."""
NUMBERS = st.floats(-1e300, 1e300, allow_subnormal=False)


def numbers(cells: st.SearchStrategy[float], *shape: int) -> st.SearchStrategy[Array]:
    """Arrays of any cells, and arrays of which most cells are the same."""
    varied = arrays_of.arrays(np.float64, shape, elements=cells, fill=st.nothing())
    return varied | arrays_of.arrays(np.float64, shape, elements=cells)


@st.composite
def tables(draw: st.DrawFn, output: Output, cells: st.SearchStrategy[float] = EIGHTHS) -> Table:
    """Every class has as many rows as any other, two thirds of them among the first 16."""
    x = draw(numbers(cells, ROWS, COLUMNS))
    if output == "regression":
        y = draw(numbers(cells, ROWS))
        assume(len(set(y)) > 1)
        return Table(x, y)
    classes = np.arange(ROWS) % CLASSES[output]
    return Table(x, np.array(["a", "b", "c"])[classes])


@st.composite
def tables_of_any_output(draw: st.DrawFn) -> Table:
    return draw(st.sampled_from(list(CLASSES)).flatmap(tables))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UploadedRuns]:
    with UploadedRuns(tmp_path_factory.mktemp("uploads")) as runs:
        yield runs


def examples(number: int) -> settings:
    return settings(
        max_examples=number, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )  # fmt: skip


def upload(runs: UploadedRuns, table: Table, **options: Any) -> Upload:
    return runs.upload(table.as_csv(), "csv", target="y", task=table.task, test_fraction=1 / 3, **options)


def train(runs: UploadedRuns, upload: Upload, checkpoint: bytes | None = None, **fields: Any) -> Run:
    spec = {
        "network": {"kind": "mlp", "hidden_units": [HIDDEN]}, "activation": "tanh", "batch_norm": "before_activation",
        "batch_size": 8, "epochs": 4, "learning_rate": 0.05,
        "early_stopping": {"monitor": "val_loss", "patience": 1000, "restore_best": False},
    }  # fmt: skip
    return runs.train(upload, checkpoint, **spec | fields)


def check_same_bits(first: Run, second: Run, x: Array, x_second: Array) -> None:
    """Each of the runs asked about its own table's rows."""
    assert first.epochs == second.epochs
    assert first.final == second.final
    np.testing.assert_array_equal(first.model.predict(x), second.model.predict(x_second))


def check_close(first: Run, second: Run, predictions: Array, predictions_second: Array) -> None:
    """The two after their common start; predictions of the same rows, with outputs in the same order."""
    np.testing.assert_allclose(predictions, predictions_second, rtol=1e-3, atol=1e-3)
    names = [name for name in first.final if "accuracy" not in name]
    assert {name: first.final[name] for name in names} == pytest.approx(
        {name: second.final[name] for name in names}, rel=1e-3, abs=1e-3
    )
    # A row counts otherwise only where two classes are as near to each other as rounding brings them.
    if predictions.shape[1] > 1 or "val_mae" in names:
        highest = np.sort(predictions, axis=1)
        decided = "val_mae" in names or bool((highest[:, -1] - highest[:, -2] > 2e-3).all())
    else:
        decided = bool((np.abs(predictions - 0.5) > 1e-3).all())
    if decided and "val_accuracy" in first.final:
        assert first.final["val_accuracy"] == second.final["val_accuracy"]


def check_same_arrays(first: Upload, second: Upload) -> None:
    assert first.arrays.keys() == second.arrays.keys()
    for name, values in first.arrays.items():
        np.testing.assert_array_equal(values, second.arrays[name], err_msg=name)
    for name in ("labels", "class_counts", "rows", "train_rows", "test_rows", "task"):
        assert first.found[name] == second.found[name]


@examples(30)
@given(table=tables_of_any_output(), seed=st.integers(0, 99), dtype=st.sampled_from(["f8", "f4", "i8", "?"]))
def test_in_every_format(runs: UploadedRuns, table: Table, seed: int, dtype: str) -> None:
    table = replace(table, x=table.x.astype(dtype))
    options: dict[str, Any] = {"task": table.task, "test_fraction": 1 / 3, "seed": seed}
    of_csv = runs.upload(table.as_csv(), "csv", target="y", **options)
    of_parquet = runs.upload(table.as_parquet(), "parquet", target="y", **options)
    of_npz = runs.upload(table.as_npz(), "npz", **options)
    check_same_arrays(of_csv, of_parquet)
    check_same_arrays(of_csv, of_npz)
    check_same_bits(train(runs, of_csv), train(runs, of_parquet), table.x, table.x)
    check_same_bits(train(runs, of_csv), train(runs, of_npz), table.x, table.x)


@examples(60)
@given(table=tables("softmax", NUMBERS) | tables("regression", NUMBERS))
def test_as_text_with_17_digits(runs: UploadedRuns, table: Table) -> None:
    """Also what is refused, as a test row that is 1e39 deviations from those to train on."""

    def uploaded(content: bytes, format: Literal["csv", "parquet"]) -> Upload | str:
        try:
            return runs.upload(content, format, target="y", task=table.task, test_fraction=1 / 3)
        except TableError as error:
            return str(error)

    of_text = uploaded(table.as_csv("{:.17g}"), "csv")
    for other in (uploaded(table.as_csv(), "csv"), uploaded(table.as_parquet(), "parquet")):
        if isinstance(of_text, Upload) and isinstance(other, Upload):
            check_same_arrays(of_text, other)
        else:
            assert of_text == other


@examples(30)
@given(data=st.data(), table=tables_of_any_output())
def test_with_1e9_added_to_a_column(runs: UploadedRuns, data: st.DataObject, table: Table) -> None:
    column = data.draw(st.integers(-1 if table.task == "regression" else 0, COLUMNS - 1))
    changed = table.with_column(column, table.column(column) + 1e9)
    first, second = train(runs, upload(runs, table)), train(runs, upload(runs, changed))
    if column >= 0:
        check_same_bits(first, second, table.x, changed.x)
    else:  # the served numbers are near 1e9, where float64 has 7 digits behind the point
        assert first.epochs == second.epochs
        np.testing.assert_allclose(first.model.predict(table.x) + 1e9, second.model.predict(table.x), rtol=0, atol=1e-5)
        assert first.final == pytest.approx(second.final, rel=1e-6, abs=1e-6)


@examples(30)
@given(data=st.data(), table=tables_of_any_output(), power=st.sampled_from([-600, -100, 100, 600]))
def test_with_a_column_times_a_power_of_two(runs: UploadedRuns, data: st.DataObject, table: Table, power: int) -> None:
    """2**100 is 1.3e30; float32 does not have 2**600, and float64 not its square, which is the unit of a loss."""
    column = data.draw(st.integers(-1 if table.task == "regression" and abs(power) < 500 else 0, COLUMNS - 1))
    unit = 2.0**power
    changed = table.with_column(column, table.column(column) * unit)
    assume(column < 0 or varies_in_training(upload(runs, table), column))
    first, second = train(runs, upload(runs, table)), train(runs, upload(runs, changed))
    if column >= 0:
        check_same_bits(first, second, table.x, changed.x)
    else:
        check_same_regression(first, second, table.x, table.x, unit)


@examples(30)
@given(data=st.data(), table=tables_of_any_output(), unit=st.sampled_from([1e-50, 1e-30, 1e30]))
def test_with_a_column_in_another_unit(runs: UploadedRuns, data: st.DataObject, table: Table, unit: float) -> None:
    column = data.draw(st.integers(-1 if table.task == "regression" else 0, COLUMNS - 1))
    changed = table.with_column(column, table.column(column) * unit)
    assume(column < 0 or varies_in_training(upload(runs, table), column))
    first, second = train(runs, upload(runs, table)), train(runs, upload(runs, changed))
    if column >= 0:
        check_close(first, second, first.model.predict(table.x), second.model.predict(changed.x))
    else:
        check_same_regression(first, second, table.x, table.x, unit)


def varies_in_training(upload: Upload, column: int) -> bool:
    """A column whose numbers are all the same keeps its unit: there is no other to be learned."""
    return len(np.unique(upload.arrays["x_train"][:, column])) > 1


def check_same_regression(first: Run, second: Run, x: Array, x_second: Array, unit: float) -> None:
    """The second in another unit of the target."""
    of_second = {"mae": unit, "loss": unit**2}
    for name, value in first.final.items():
        scale = of_second.get(name.removeprefix("val_"), 1.0)
        assert second.final[name] / scale == pytest.approx(value, rel=1e-3, abs=1e-4), name
    predictions = second.model.predict(x_second).astype(np.float64) / unit
    np.testing.assert_allclose(first.model.predict(x), predictions, rtol=1e-3, atol=1e-4)


@examples(20)
@given(table=tables("softmax") | tables("sigmoid"), seed=st.integers(0, 99), data=st.data())
def test_with_renamed_classes(runs: UploadedRuns, table: Table, seed: int, data: st.DataObject) -> None:
    """Names in the same order leave everything as it is: the split, too, is drawn class by class in that order."""
    old = sorted(set(table.y))
    word = st.text("abzAB019_.é ,", min_size=1, max_size=6).filter(lambda word: word == word.strip() and word != "NA")
    new = sorted(data.draw(st.lists(word, min_size=len(old), max_size=len(old), unique=True)))
    renamed = replace(table, y=np.array([new[old.index(name)] for name in table.y]))
    first, second = upload(runs, table, seed=seed), upload(runs, renamed, seed=seed)
    if second.found["labels"] == new:  # "10" and "9" are numbers, in another order than as words
        for name, values in first.arrays.items():
            np.testing.assert_array_equal(values, second.arrays[name], err_msg=name)
        trained = train(runs, second)
        check_same_bits(train(runs, first), trained, table.x, table.x)
        assert trained.model.labels == new
    assert sorted(map(str, second.found["labels"])) == new
    assert second.found["class_counts"] == [int(np.sum(renamed.y == str(label))) for label in second.found["labels"]]


@examples(15)
@given(table=tables("softmax") | tables("sigmoid"), data=st.data())
def test_with_classes_in_another_order(runs: UploadedRuns, table: Table, data: st.DataObject) -> None:
    """The same split, and the same start but for the order of the outputs."""
    old = sorted(set(table.y))
    new = data.draw(st.permutations(old))
    renamed = replace(table, y=np.array([new[old.index(name)] for name in table.y]))
    first, second = (runs.upload(one.as_split_npz(), "npz") for one in (table, renamed))
    order = [new.index(name) for name in old]  # the first table's class behind each output of the second

    def moved(value: Array) -> Array:
        if len(old) == 2 and value.shape in ((HIDDEN, 1), (1,)):
            return value if order == [0, 1] else -value
        return value[..., order] if value.shape in ((HIDDEN, len(old)), (len(old),)) else value

    run = train(runs, first)
    again = train(runs, second, started_as(run, second, moved))
    predictions = again.model.predict(table.x)
    back = predictions[:, np.argsort(order)] if len(old) > 2 else predictions if order == [0, 1] else 1 - predictions
    check_close(run, again, run.model.predict(table.x), back)


@examples(15)
@given(table=tables_of_any_output(), order=st.permutations(range(COLUMNS)))
def test_with_columns_in_another_order(runs: UploadedRuns, table: Table, order: list[int]) -> None:
    """The same start but for the order of the inputs."""
    changed = replace(table, x=table.x[:, order], names=[table.names[i] for i in order])
    first, second = upload(runs, table), upload(runs, changed)
    for name, values in first.arrays.items():
        moved = values[..., order] if name in ("x_train", "x_test", "scale", "offset") else values
        np.testing.assert_array_equal(moved, second.arrays[name], err_msg=name)
    run = train(runs, first)
    start = started_as(run, second, lambda value: value[order] if value.shape == (COLUMNS, HIDDEN) else value)
    again = train(runs, second, start)
    check_close(run, again, run.model.predict(table.x), again.model.predict(changed.x))


@examples(15)
@given(
    table=tables_of_any_output(),
    train_order=st.permutations(range(TRAIN_ROWS)),
    test_order=st.permutations(range(TRAIN_ROWS, ROWS)),
)
def test_with_rows_in_another_order(
    runs: UploadedRuns, table: Table, train_order: list[int], test_order: list[int]
) -> None:
    """The same split; one batch an epoch, since otherwise which rows make up a batch would follow their order."""
    order = [*train_order, *test_order]
    changed = replace(table, x=table.x[order], y=table.y[order])
    assume(table.task == "classification" or len(set(table.y[:TRAIN_ROWS])) > 1)
    first, second = (runs.upload(one.as_split_npz(), "npz", task=table.task) for one in (table, changed))
    assert first.found["labels"] == second.found["labels"]
    run, again = (train(runs, one, batch_size=TRAIN_ROWS) for one in (first, second))
    check_close(run, again, run.model.predict(table.x), again.model.predict(table.x))


def started_as(run: Run, upload: Upload, moved: Any) -> bytes:
    """The checkpoint of ``run`` after its first epoch as one of the same run on ``upload``, its variables ``moved``."""
    checkpoint = decode(run.checkpoints[1])
    spec = TrainingSpec.model_validate({**checkpoint.spec.model_dump(), "dataset": upload.dataset})
    return encode(replace(checkpoint, spec=spec, values=[moved(value) for value in checkpoint.values]))
