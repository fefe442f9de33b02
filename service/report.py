"""A study's comparison and reports from its runs. Imported by the analysis process only."""

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import jinja2
import orjson
import pandas as pd
import plotly.graph_objects as go
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from plotly.colors import qualitative
from plotly.io import to_html
from plotly.subplots import make_subplots

from bn_models.comparison import compare
from bn_models.runs import Arm, Run
from service.comparisons import Question
from service.panels import Numbers, panels, steps_per_epoch

PACKAGES = ("bnlab", "tensorflow", "keras", "numpy", "scipy", "statsmodels")
COLORS = qualitative.Safe
Comparison = dict[str, Any]

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("service"), autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def answer(question: Question, format: str) -> bytes:
    comparison = comparison_of(question)
    makers: Mapping[str, Callable[[Question, Comparison], bytes]] = {
        "json": lambda _, found: orjson.dumps(found),
        "html": _html,
        "md": _markdown,
        "png": _png,
        "csv": _csv,
    }
    return makers[format](question, comparison)


def comparison_of(question: Question) -> Comparison:
    """As the API shows it."""
    arms = [Arm(arm["label"], arm["settings"], [Run(**run) for run in arm["runs"]]) for arm in question.arms]
    baselines = [arm["baseline"] for arm in question.arms]
    found = asdict(compare(arms, baselines, threshold=question.threshold))
    return {"study_id": question.study["id"], "partial": question.partial, **found}


def _context(question: Question, comparison: Comparison) -> dict[str, Any]:
    return {
        "study": question.study,
        "preset": question.preset,
        "comparison": comparison,
        "diagnostics": any(question.diagnostics),
        "specs": [orjson.dumps(arm["spec"], option=orjson.OPT_INDENT_2).decode() for arm in question.arms],
        "design": orjson.dumps(question.study["design"]).decode(),
        "seeds": [[run["seed"] for run in arm["runs"]] for arm in question.arms],
        "versions": {package: version(package) for package in PACKAGES},
    }


def _markdown(question: Question, comparison: Comparison) -> bytes:
    return TEMPLATES.get_template("report.md").render(_context(question, comparison)).encode()


def _html(question: Question, comparison: Comparison) -> bytes:
    chart = to_html(_chart(question, comparison), full_html=False, include_plotlyjs=True, config={"displaylogo": False})
    return TEMPLATES.get_template("report.html").render(_context(question, comparison), chart=chart).encode()


def _csv(question: Question, comparison: Comparison) -> bytes:
    """One line an arm, seed and epoch."""
    frames = [
        pd.DataFrame({"arm": arm["label"], **arm["settings_text"], "seed": run["seed"], **_columns(run)})
        for arm in ({**arm, "settings_text": {k: str(v) for k, v in arm["settings"].items()}} for arm in question.arms)
        for run in arm["runs"]
    ]
    table = pd.concat(frames) if frames else pd.DataFrame(columns=["arm", "seed", "epoch"])
    text: str = table.to_csv(index=False)
    return text.encode()


def _columns(run: Mapping[str, Any]) -> dict[str, Any]:
    epochs = max((len(values) for values in run["metrics"].values()), default=0)
    return {"epoch": range(1, epochs + 1), **run["metrics"]}


def _chart(question: Question, comparison: Comparison) -> go.Figure:
    drawn = panels(question, comparison)
    rows = len(drawn) // 2
    figure = make_subplots(
        rows, 2, subplot_titles=[panel.title for panel in drawn], horizontal_spacing=0.08, vertical_spacing=0.24 / rows
    )
    labels = [arm["label"] for arm in comparison["arms"]]
    in_legend: set[int] = set()
    for place, line in ((place, line) for place, panel in enumerate(drawn) for line in panel.lines):
        color, where = COLORS[line.arm % len(COLORS)], {"row": place // 2 + 1, "col": place % 2 + 1}
        shared = {"legendgroup": labels[line.arm], **where}
        if line.band is not None:
            low, high = line.band
            figure.add_scatter(
                x=[*line.x, *reversed(line.x)], y=[*high, *reversed(low)], fill="toself", opacity=0.2, line_width=0,
                fillcolor=color, showlegend=False, hoverinfo="skip", **shared,
            )  # fmt: skip
        style = {"color": color, "dash": "dot" if line.dashed else "solid"}
        figure.add_scatter(
            x=line.x, y=line.y, name=labels[line.arm], line=style, showlegend=line.arm not in in_legend, mode="lines",
            **shared,
        )  # fmt: skip
        in_legend.add(line.arm)
    figure.update_xaxes(title_text=_unit(question), row=rows)
    return figure.update_layout(height=360 * rows, template="plotly_white", legend={"orientation": "h", "y": -0.1})


def _png(question: Question, comparison: Comparison) -> bytes:
    drawn = panels(question, comparison)
    rows = len(drawn) // 2
    figure = Figure(figsize=(11, 3.75 * rows), layout="constrained")
    for axis, panel in zip(figure.subplots(rows, 2).flat, drawn, strict=True):
        for line in panel.lines:
            color = f"C{line.arm % 10}"
            axis.plot(line.x, _gaps(line.y), color=color, linestyle=":" if line.dashed else "-")
            if line.band is not None:
                axis.fill_between(line.x, *map(_gaps, line.band), alpha=0.2, color=color, linewidth=0)
        axis.set(title=panel.title, xlabel=_unit(question))
    figure.suptitle(question.study["name"] or question.study["preset"] or question.study["id"])
    arms = [Line2D([], [], color=f"C{i % 10}", label=arm["label"]) for i, arm in enumerate(comparison["arms"])]
    figure.legend(handles=arms, loc="outside lower center", ncols=3)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=110)
    return data.getvalue()


def _unit(question: Question) -> str:
    return "step" if steps_per_epoch(question) else "epoch"


def _gaps(values: Numbers) -> list[float]:
    return [math.nan if value is None else value for value in values]
