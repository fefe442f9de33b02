"""Numbers that are not finite, as they are stored and sent: JSON has no NaN, and a diverged loss must not get lost."""

import math
from typing import Any, Literal

Number = float | Literal["NaN", "Infinity", "-Infinity"]


def spelled_out(value: Any) -> Any:
    """``value`` with every float that is not finite, at any depth, as "NaN", "Infinity" or "-Infinity"."""
    if isinstance(value, dict):
        return {key: spelled_out(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spelled_out(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
