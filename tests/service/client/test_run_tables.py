import asyncio
from collections import namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pyarrow
import pytest

from service.client import AsyncBNLab, BNLab, ServerError
from service.client.responses import NotSent
from service.client.run_tables import compare, first_arm
from tests.support.external_runs import as_csv, finals, runs

COLUMNS = runs()


def records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def test_all_forms_of_a_table_are_answered_alike(server: str, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text(as_csv(COLUMNS))
    frame, record = pandas.DataFrame(COLUMNS), namedtuple("record", list(COLUMNS))
    with BNLab(server) as lab:
        expected = lab.compare(COLUMNS, "plain")
        for table in (
            tmp_path / "runs.csv", as_csv(COLUMNS).encode(), frame.to_csv().encode(), frame, records(COLUMNS),
            pyarrow.table(COLUMNS), {name: np.array(cells) for name, cells in COLUMNS.items()},
            [record(*cells) for cells in zip(*COLUMNS.values(), strict=True)],
        ):  # fmt: skip
            assert lab.compare(table) == expected


def test_both_clients_ask_and_report(server: str) -> None:
    async def ask() -> dict[str, Any]:
        async with AsyncBNLab(server) as lab:
            assert (await lab.compare_report(COLUMNS, "csv")).startswith(b"arm,")
            return await lab.compare(COLUMNS, metric="loss", threshold=0.5, better="higher", margin=None)

    with BNLab(server) as lab:
        assert b"final loss" in lab.compare_report(COLUMNS, "md", metric="loss")
        assert lab.compare(COLUMNS, "plain", metric="loss", threshold=0.5, better="higher") == asyncio.run(ask())
        with pytest.raises(ServerError, match="there is no arm 'x': the arms are 'plain'"):
            lab.compare(COLUMNS, "x")


def test_what_a_data_frame_lacks_is_not_measured(server: str) -> None:
    frame = pandas.DataFrame({**finals(plain=[0.5, 0.6, 0.7], normalized=[0.6, 0.7, 0.8]), "f1": pandas.NA})
    frame.loc[4, "val_accuracy"] = np.nan
    with BNLab(server) as lab:
        assert "over the 2 of 3 seeds where both are finite" in lab.compare(frame)["arms"][1]["finding"]


@pytest.mark.parametrize("table", [3, [[1, 2]], "runs.csv", {"arm": "plain"}, {"arm": 3}])
def test_what_is_no_table_is_not_sent(table: Any) -> None:
    with pytest.raises(NotSent, match=r"is no column|are no columns"):
        compare(table, None, {})


def test_a_file_that_is_not_there_is_not_sent(tmp_path: Path) -> None:
    with pytest.raises(NotSent, match="No such file"):
        compare(tmp_path / "runs.csv", None, {})


@pytest.mark.parametrize(
    ("table", "arm"),
    [
        (b"\xef\xbb\xbfseed, arm\n1,a b\n", "a b"),
        (b"seed,arm\n", None),
        (b"", None),
        (b"\xff", None),
        (b"x\n1\n", None),
    ],
)
def test_the_first_arm(table: bytes, arm: str | None) -> None:
    assert first_arm(table) == arm
