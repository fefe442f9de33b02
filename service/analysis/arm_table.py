"""The line of an arm in a report's table, the same in html and md."""

from collections.abc import Mapping
from typing import Any

NOTHING = "-"


def table_row(arm: Mapping[str, Any], metric: str) -> list[str]:
    """Label, runs, diverged, failed, final mean with interval, sd, difference with interval, its p; epochs to the
    threshold, how many reach it, speed-up with interval, its p."""
    final, against, epochs = arm["final"].get(metric), arm["against_baseline"], arm["epochs_to_threshold"]
    difference, speedup = (against["final"], against["speedup"]) if against else (None, None)
    return [
        arm["label"], *(str(arm[count]) for count in ("runs", "diverged", "failed")),
        _estimate(final, "mean", ".4f"),
        NOTHING if final is None or final["sd"] is None else f"{final['sd']:.4f}",
        _estimate(difference, "difference", "+.4f"), _p(difference),
        _epochs(epochs, arm["runs"] - arm["failed"]), str(epochs["reached"]),
        _estimate(speedup, "ratio", ".2f"), _p(speedup),
    ]  # fmt: skip


def _estimate(found: Mapping[str, Any] | None, name: str, write: str) -> str:
    """``0.8094 (0.7903 to 0.8285)``; an end that is open is an ellipsis."""
    if found is None or found[name] is None:
        return NOTHING
    value, low, high = (None if found[key] is None else f"{found[key]:{write}}" for key in (name, "low", "high"))
    return f"{value} ({low or '…'} to {high or '…'})" if low or high else f"{value}"


def _p(test: Mapping[str, Any] | None) -> str:
    return NOTHING if test is None or test["p_adjusted"] is None else f"{test['p_adjusted']:.2g}"


def _epochs(time: Mapping[str, Any], runs: int) -> str:
    if time["median"] is not None:
        return f"{time['median']:g}"
    return NOTHING if runs == 0 else "not by half" if time["reached"] else "not reached"
