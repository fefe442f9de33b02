"""A study's charts: interactive for the html report, and a png."""

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from plotly.io import to_html
from plotly.subplots import make_subplots

from service import comparison_tables
from service.analysis.chart_data import Line, Numbers, Panel, panels, steps_per_epoch
from service.analysis.study_data import StudyData

Comparison = Mapping[str, Any]
TITLE_CHARACTERS = 120
LEGEND_CHARACTERS = 150
"""Across the figure; a label takes some more for its line."""


def title(data: StudyData) -> str:
    return data.name or (data.preset.title if data.preset else f"Study {data.id}")


def html_chart(data: StudyData, comparison: Comparison) -> str:
    """A part of a page, with the library that draws it."""
    drawn, labels = panels(data, comparison), _labels(comparison)
    colors, rows, in_legend = colors_of(len(labels)), math.ceil(len(drawn) / 2), set[int]()
    figure = make_subplots(
        rows, 2, subplot_titles=[_title(panel) for panel in drawn], horizontal_spacing=0.08,
        vertical_spacing=0.24 / rows,
    )  # fmt: skip
    for place, line in ((place, line) for place, panel in enumerate(drawn) for line in panel.lines):
        where = {"row": place // 2 + 1, "col": place % 2 + 1, "legendgroup": labels[line.arm]}
        if line.band is not None:
            figure.add_scatter(**_band(line), fillcolor=colors[line.arm], **where)
        style = {"color": colors[line.arm], "dash": "dot" if line.dashed else "solid"}
        mode, first = "markers" if _is_point(line) else "lines", line.arm not in in_legend
        figure.add_scatter(x=line.x, y=line.y, name=labels[line.arm], line=style, mode=mode, showlegend=first, **where)
        in_legend.add(line.arm)
    figure.update_xaxes(title_text=_unit(data), row=rows)
    below = 60 + 24 * math.ceil(len(labels) / _columns(labels))
    figure.update_layout(
        height=360 * rows + below, template="plotly_white", margin={"l": 50, "r": 20, "t": 40, "b": below},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
    )  # fmt: skip
    chart: str = to_html(figure, full_html=False, include_plotlyjs=True, config={"displaylogo": False})
    return chart


def png(data: StudyData, comparison: Comparison) -> bytes:
    drawn, labels = panels(data, comparison), _labels(comparison)
    colors, rows, columns = colors_of(len(labels)), math.ceil(len(drawn) / 2), _columns(labels)
    height = 3.75 * rows + 0.22 * max(0, math.ceil(len(labels) / columns) - 1)
    figure = Figure(figsize=(11, height), layout="constrained")
    axes = figure.subplots(rows, 2).flat
    if len(drawn) % 2:
        axes[len(drawn)].set_axis_off()
    for axis, panel in zip(axes, drawn, strict=False):
        for line in panel.lines:
            _draw(axis, line, colors[line.arm])
        axis.set(title=_title(panel), xlabel=_unit(data))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    heading = "\n".join([title(data), *textwrap.wrap(comparison_tables.conditions(comparison), TITLE_CHARACTERS)])
    figure.suptitle(heading, parse_math=False)  # people's own words: a dollar sign begins no formula
    handles = [Line2D([], [], color=color, label=label) for color, label in zip(colors, labels, strict=True)]
    for text in figure.legend(handles=handles, loc="outside lower center", ncols=columns).get_texts():
        text.set_parse_math(False)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=110)
    return image.getvalue()


def colors_of(arms: int) -> list[str]:
    """As many different colors as arms."""
    if arms <= 20:
        return [to_hex(color) for color in matplotlib.color_sequences["tab10" if arms <= 10 else "tab20"][:arms]]
    return [to_hex(matplotlib.colormaps["turbo"](i / (arms - 1))) for i in range(arms)]


def _band(line: Line) -> dict[str, Any]:
    assert line.band is not None
    low, high = line.band
    look = {"fill": "toself", "opacity": 0.2, "line_width": 0, "mode": "lines", "showlegend": False}
    return {"x": [*line.x, *reversed(line.x)], "y": [*high, *reversed(low)], "hoverinfo": "skip", **look}


def _draw(axis: Axes, line: Line, color: str) -> None:
    marker = "o" if _is_point(line) else None
    axis.plot(line.x, _gaps(line.y), color=color, linestyle=":" if line.dashed else "-", marker=marker)
    if line.band is not None:
        low, high = map(_gaps, line.band)
        axis.fill_between(line.x, low, high, alpha=0.2, color=color, linewidth=0)


def _is_point(line: Line) -> bool:
    """One epoch makes no line."""
    return sum(value is not None for value in line.y) == 1


def _title(panel: Panel) -> str:
    empty = all(value is None for line in panel.lines for value in line.y)
    return f"{panel.title} (no finite value)" if empty else panel.title


def _labels(comparison: Comparison) -> list[str]:
    return [arm["label"] for arm in comparison["arms"]]


def _columns(labels: Sequence[str]) -> int:
    """How many columns a legend has that stays within the figure."""
    longest = max(map(len, labels), default=0)
    return max(1, min(4, LEGEND_CHARACTERS // (longest + 8)))


def _unit(data: StudyData) -> str:
    return "step" if steps_per_epoch(data) else "epoch"


def _gaps(values: Numbers) -> list[float]:
    return [math.nan if value is None else value for value in values]
