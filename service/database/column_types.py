"""Column types that mean the same on every database."""

from typing import Any

import orjson
from sqlalchemy import Dialect, Double, Text, TypeDecorator
from sqlalchemy.dialects.sqlite import REAL
from sqlalchemy.types import TypeEngine

from service.non_finite import spelled_out

Seconds: TypeEngine[float] = Double().with_variant(REAL(), "sqlite")


class Json(TypeDecorator[Any]):
    """JSON text that keeps NaN and infinities, on every database alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(spelled_out(value)).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)
