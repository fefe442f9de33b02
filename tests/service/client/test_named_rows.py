import asyncio
import sqlite3
from collections import namedtuple
from decimal import Decimal
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from service.client import AsyncBNLab, BNLab, ServerError
from service.client.named_rows import have_names, in_order
from service.client.responses import NotSent
from tests.support.played_worker import PlayedWorker

COLUMNS = ["width", "height", "7"]
FRAME = pd.DataFrame({7: [True, False], "height": [2, 3], "width": [0.1, 1e9 + 1e-6]})
EXPECTED = np.array([[0.1, 2, 1], [1e9 + 1e-6, 3, 0]])
RECORDS: list[dict[Any, Any]] = FRAME.to_dict("records")
Row = namedtuple("Row", ["height", "width"])


class OtherFrame:
    """What polars has of a DataFrame: ``columns`` are names, and a column is got by its own."""

    columns = ("7", "height", "width")

    def __getitem__(self, name: str) -> Any:
        return FRAME.set_axis(list(self.columns), axis=1)[name].to_numpy()

    def to_numpy(self) -> Any:
        raise AssertionError("the names would be lost")


def structured() -> Any:
    rows = np.zeros(2, [("height", "<i8"), ("7", "?"), ("width", "<f8")])
    rows["height"], rows["7"], rows["width"] = EXPECTED[:, 1], EXPECTED[:, 2], EXPECTED[:, 0]
    return rows


@pytest.mark.parametrize(
    "rows",
    [
        FRAME,
        FRAME.astype(object),
        FRAME.astype({"height": "Int64"}),
        FRAME.astype({"height": "category"}),
        FRAME.set_index(pd.Index([5, 5])),
        OtherFrame(),
        pa.table(FRAME.set_axis(["7", "height", "width"], axis=1)),
        FRAME.to_dict("list"),
        RECORDS,
        tuple(RECORDS),
        [RECORDS[0], dict(reversed(RECORDS[1].items()))],
        [FRAME.iloc[0], FRAME.iloc[1]],
        structured(),
        structured().view(np.recarray),
        list(structured()),
    ],
    ids=lambda rows: type(rows).__name__,
)
def test_columns_go_by_name(rows: Any) -> None:
    assert have_names(rows)
    found = in_order(rows, COLUMNS)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, EXPECTED)


def test_rows_of_a_database_and_named_tuples() -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    selected = connection.execute("SELECT 2 AS height, 0.5 AS width").fetchall()
    connection.close()
    for rows in (selected, [Row(2, Decimal("0.5"))], pd.DataFrame([{"height": 2, "width": 0.5}])):
        np.testing.assert_array_equal(in_order(rows, ["width", "height"]), [[0.5, 2]])


@pytest.mark.parametrize(
    "rows", [[[1, 2]], np.ones((2, 3)), [], [np.ones(3)], pd.Series([1.0]), [{"input": [1, 2]}], 3, "ab"]
)
def test_what_has_no_names_is_left_alone(rows: Any) -> None:
    assert not have_names(rows)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (FRAME.rename(columns={"width": "Width"}), r"the rows: .*no column 'Width' \(is 'width' meant\?\); without"),
        (FRAME.drop(columns="width"), "without 'width'; its columns are 'width', 'height', '7'"),
        (FRAME.assign(species="a"), "no column 'species'"),
        (FRAME.rename(columns={7: "width"}), "two columns 'width'"),
        (FRAME.assign(**{"7": 1}), "two columns '7'"),
        (FRAME.assign(width=["0.1", "a"]), "column 'width', row 1: '0.1' is not a number"),
        (FRAME.assign(width=[0.1, None]).astype(object), "column 'width', row 2: (None|nan) is not a"),
        (FRAME.assign(width=[0.1, np.nan]), "column 'width', row 2: nan is not a finite number"),
        (FRAME.assign(width=[np.inf, 1]), "column 'width', row 1: inf is not a finite number"),
        (FRAME.assign(width=pd.array([1, None], "Int64")), "column 'width', row 2: (<NA>|nan) is not a"),
        (FRAME.assign(width=pd.to_datetime(["2020-01-01"] * 2)), "column 'width' is datetime64.*numbers are needed"),
        ({"width": np.array(["a", "b"]), "height": [1, 2], "7": [1, 2]}, "column 'width', row 1: .*'a'.* is not a n"),
        (FRAME.assign(width=[1j, 1]), "column 'width' is complex128"),
        ([RECORDS[0], {"width": 1, "height": 2}], "row 2: without '7'"),
        ([RECORDS[0], [1, 2, 3]], "row 2 has no names"),
        ([RECORDS[0], {**RECORDS[1], "width": None}], "column 'width', row 2: None is not a number"),
        ([RECORDS[0], {**RECORDS[1], "width": [1]}], "column 'width'.*"),
        ({"width": [1, 2], "height": [1], "7": [1, 2]}, "1 to 2 rows"),
        ({"width": 1, "height": 2, "7": 3}, "does not have one number a row"),
    ],
)
def test_what_does_not_fit_is_named_and_not_sent(rows: Any, told: str) -> None:
    with pytest.raises(NotSent, match=told):
        in_order(rows, COLUMNS)


def test_a_model_without_names_takes_no_names() -> None:
    with pytest.raises(NotSent, match=r"Send the numbers alone, in the order trained on \(rows.to_numpy\(\)\)"):
        in_order(FRAME, [])


def test_both_clients_predict_by_name(server: str, http: httpx.Client, worker: PlayedWorker) -> None:
    model, unnamed = worker.train(http, columns=["width", "height"]), worker.train(http)
    http.put("/v1/models/flowers", json={"job_id": model, "label": "stable"})
    frame = pd.DataFrame({"height": [0.5, 0.0], "width": [1.0, 3.0]})
    with BNLab(server) as lab:
        expected = lab.predict(model, [[1.0, 0.5], [3.0, 0.0]])
        assert lab.predict(model, frame.to_numpy()[:, ::-1]) == expected
        for rows in (frame, frame.to_dict("records")):
            for name in (model, "flowers", "flowers/versions/1", "flowers/labels/stable"):
                assert lab.predict(name, rows) == expected
                np.testing.assert_array_equal(lab.infer(name, rows), np.array(expected, np.float32))
        np.testing.assert_array_equal(lab.results(model).predict(frame), np.array(expected, np.float32))
        assert lab.predict_labels(model, frame) == []
        assert lab.predict(unnamed, [{"input": [1.0, 0.5]}]) == expected[:1]
        for ask in (lab.predict, lab.predict_labels, lab.infer):
            with pytest.raises(ValueError, match="no column 'h'; without 'height'"):
                ask(model, frame.rename(columns={"height": "h"}))
            with pytest.raises(ServerError, match="the model has no names"):
                ask(unnamed, frame)

    async def ask_asynchronously() -> None:
        async with AsyncBNLab(server) as lab:
            assert await lab.predict(model, frame) == expected
            np.testing.assert_array_equal(await lab.infer(model, frame), np.array(expected, np.float32))
            with pytest.raises(NotSent, match="without 'height'"):
                await lab.predict_labels(model, frame[["width"]])

    asyncio.run(ask_asynchronously())
