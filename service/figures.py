"""Numbers as a comparison's tables show them."""

from collections.abc import Callable, Mapping
from typing import Any

NOTHING = "-"
Write = Callable[[float], str]


def number(value: float) -> str:
    """Four decimals, or four digits where these would show nothing or too much; JSON's integers as they are."""
    if value == 0 or isinstance(value, int):
        return str(int(value))
    return f"{value:.4f}" if 0.001 <= abs(value) < 10_000 else f"{value:.4g}"


def brief(value: float) -> str:
    """As in sentences: three decimals, or one digit where these would show nothing."""
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.0005 else f"{value:.1g}"


def signed(value: float, write: Write = number) -> str:
    return f"+{write(value)}" if value > 0 else write(value)


def general(value: float) -> str:
    return f"{value:g}"


def estimate(found: Mapping[str, Any] | None, name: str, write: Write = number) -> str:
    """``0.8094 (0.7903 to 0.8285)``; an end that is open is an ellipsis."""
    if found is None or found.get(name) is None:
        return NOTHING
    low, high = (None if found.get(end) is None else write(found[end]) for end in ("low", "high"))
    interval = f" ({low or '…'} to {high or '…'})" if low or high else ""
    return f"{write(found[name])}{interval}"


def p_value(test: Mapping[str, Any] | None) -> str:
    p = None if test is None else test.get("p_adjusted")
    return NOTHING if p is None else "< 0.001" if p < 0.001 else f"{p:.2g}"
