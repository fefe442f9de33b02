"""How numbers read in a sentence."""

from collections.abc import Callable

LARGE = 1e6
"""From here on numbers are written with an exponent: a sentence has no room for all their digits."""


def decimals(value: float) -> str:
    """Three of them, or one significant digit where these would show nothing."""
    if abs(value) >= LARGE:
        return f"{value:.3e}"
    return f"{value + 0.0:.3f}" if value == 0 or abs(value) >= 0.0005 else f"{value:.1g}"


def hundredths(value: float) -> str:
    if abs(value) >= LARGE:
        return f"{value:.2e}"
    return f"{value:.2f}" if value == 0 or abs(value) >= 0.005 else f"{value:.1g}"


def general(value: float) -> str:
    return f"{value:g}"


Write = Callable[[float], str]


def interval(low: float | None, high: float | None, confidence: float, write: Write = decimals) -> str:
    """An end that is None is open."""
    name = f"{100 * confidence:g} % interval"
    if low is not None and high is not None:
        return f"{name} {write(low)} to {write(high)}"
    if low is not None:
        return f"{name} from {write(low)} up"
    return f"no {name}" if high is None else f"{name} up to {write(high)}"


def p_value(p_adjusted: float) -> str:
    return "adjusted p < 0.001" if p_adjusted < 0.001 else f"adjusted p = {p_adjusted:.2g}"


def epochs(count: float) -> str:
    return f"{count:g} epoch{'' if count == 1 else 's'}"


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} run{'' if whole == 1 else 's'}"


def shortened(text: str, characters: int) -> str:
    """The same, or its beginning with an ellipsis."""
    return text if len(text) <= characters else f"{text[: max(0, characters - 1)]}…"
