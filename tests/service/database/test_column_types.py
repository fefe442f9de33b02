import math
from typing import Any

import pytest
from sqlalchemy import create_engine, literal, select

from service.database.column_types import Json
from service.database.engine import sqlite_module


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, "ü"]}, [], None, True])
def test_values_come_back_as_they_were(value: Any) -> None:
    assert stored(value) == value


def test_numbers_that_are_not_finite_come_back_spelled_out() -> None:
    assert stored([math.nan, math.inf, -math.inf]) == ["NaN", "Infinity", "-Infinity"]


def stored(value: Any) -> Any:
    engine = create_engine("sqlite://", module=sqlite_module())
    with engine.connect() as connection:
        found = connection.execute(select(literal(value, Json))).scalar_one()
    engine.dispose()
    return found
