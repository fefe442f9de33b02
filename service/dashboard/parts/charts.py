"""ECharts options of the curves: dictionaries only, so that they can be tested without a browser."""

from collections.abc import Mapping, Sequence
from typing import Any

POINTS = 500
"""Most points a curve is drawn with; longer ones are thinned, which the eye does not see."""
COLORS = ["#2f7de1", "#d9730d", "#1a9e74", "#c2479b", "#8a63d2", "#b08900", "#5f7f95", "#d3405c"]
NEUTRAL = "#7d8791"  # readable on light and on dark
Numbers = Sequence[Any]


def curves(epochs: Numbers, lines: Mapping[str, Numbers]) -> dict[str, Any]:
    """One line a metric over the epochs; what is not a number is a gap."""
    series = [
        {**_line(name, points(epochs, values)), "itemStyle": {"color": COLORS[index % len(COLORS)]}}
        for index, (name, values) in enumerate(lines.items())
    ]
    return {**_axes(), "legend": _legend(list(lines)), "series": series}


def banded(epochs: Numbers, arms: Mapping[str, Mapping[str, Numbers]], level: float | None = None) -> dict[str, Any]:
    """One line an arm with the band between its ``low`` and ``high``; ``level`` is drawn across."""
    series: list[dict[str, Any]] = []
    for index, (name, arm) in enumerate(arms.items()):
        color = {"itemStyle": {"color": COLORS[index % len(COLORS)]}}
        low, high = points(epochs, arm["low"]), points(epochs, arm["high"])
        width = [[x, None if None in (y, z) else z - y] for (x, y), (_, z) in zip(low, high, strict=True)]
        series.append({**_line(name, points(epochs, arm["mean"])), **color})
        series.append({**_band(f"{name} low", low, f"band {index}"), "areaStyle": None, **color})
        series.append({**_band(f"{name} high", width, f"band {index}"), **color})
    if level is not None and series:
        mark = {"yAxis": level, "label": {"formatter": f"{level:g}", "position": "insideEndTop", "color": NEUTRAL}}
        series[0]["markLine"] = {"silent": True, "symbol": "none", "data": [mark], "lineStyle": {"color": NEUTRAL}}
    return {**_axes(), "legend": _legend(list(arms)), "series": series}


def points(epochs: Numbers, values: Numbers) -> list[list[Any]]:
    """Pairs of epoch and value, at most :data:`POINTS` and the last always."""
    step = -(-len(epochs) // POINTS) or 1
    kept = [*range(0, len(epochs) - 1, step), len(epochs) - 1] if epochs else []
    return [[epochs[i], values[i] if isinstance(values[i], int | float) else None] for i in kept]


def _line(name: str, data: list[list[Any]]) -> dict[str, Any]:
    return {"type": "line", "name": name, "data": data, "showSymbol": len(data) < 3, "lineStyle": {"width": 2}}


def _band(name: str, data: list[list[Any]], stack: str) -> dict[str, Any]:
    return {
        "type": "line", "name": name, "data": data, "stack": stack, "showSymbol": False, "silent": True,
        "lineStyle": {"opacity": 0}, "areaStyle": {"opacity": 0.18}, "tooltip": {"show": False},
    }  # fmt: skip


def _legend(names: list[str]) -> dict[str, Any]:
    return {"data": names, "top": 0, "type": "scroll", "textStyle": {"color": NEUTRAL}}


def _axes() -> dict[str, Any]:
    style = {"axisLabel": {"color": NEUTRAL}, "nameTextStyle": {"color": NEUTRAL}}
    grid = {"splitLine": {"lineStyle": {"color": NEUTRAL, "opacity": 0.25}}}
    return {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 24, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 26, "minInterval": 1,
                  "min": "dataMin", "max": "dataMax", "splitLine": {"show": False}, **style},
        "yAxis": {"type": "value", "scale": True, **style, **grid},
        "aria": {"enabled": True},
    }  # fmt: skip
