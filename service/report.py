"""A study's comparison and reports from its runs. Imported by the analysis process only."""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import jinja2
import orjson
import pandas as pd
import plotly.graph_objects as go
from matplotlib.figure import Figure
from plotly.colors import qualitative
from plotly.io import to_html
from plotly.subplots import make_subplots

from bn_models.comparison import compare
from bn_models.runs import Arm, Run
from service.comparisons import Question

METRICS = ("val_accuracy", "accuracy", "val_loss", "loss")
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
        "specs": [orjson.dumps(arm["spec"], option=orjson.OPT_INDENT_2).decode() for arm in question.arms],
        "design": orjson.dumps(question.study["design"]).decode(),
        "seeds": [[run["seed"] for run in arm["runs"]] for arm in question.arms],
        "versions": {package: version(package) for package in PACKAGES},
    }


def _markdown(question: Question, comparison: Comparison) -> bytes:
    return TEMPLATES.get_template("report.md").render(_context(question, comparison)).encode()


def _html(question: Question, comparison: Comparison) -> bytes:
    chart = to_html(_chart(comparison), full_html=False, include_plotlyjs=True, config={"displaylogo": False})
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


def _chart(comparison: Comparison) -> go.Figure:
    figure = make_subplots(rows=2, cols=2, subplot_titles=METRICS, horizontal_spacing=0.08, vertical_spacing=0.12)
    for position, arm in enumerate(comparison["arms"]):
        color = COLORS[position % len(COLORS)]
        for place, metric in enumerate(METRICS):
            curve = arm["curves"].get(metric)
            if curve is None:
                continue
            epochs, where = arm["curves"]["epoch"], {"row": place // 2 + 1, "col": place % 2 + 1}
            style = {"legendgroup": arm["label"], "line_color": color}
            figure.add_scatter(
                x=[*epochs, *reversed(epochs)], y=[*curve["high"], *reversed(curve["low"])], fill="toself",
                opacity=0.2, line_width=0, fillcolor=color, showlegend=False, hoverinfo="skip",
                legendgroup=arm["label"], **where,
            )  # fmt: skip
            figure.add_scatter(
                x=epochs, y=curve["mean"], name=arm["label"], showlegend=place == 0, mode="lines", **style, **where
            )
    figure.update_xaxes(title_text="epoch", row=2)
    return figure.update_layout(height=720, template="plotly_white", legend={"orientation": "h", "y": -0.1})


def _png(question: Question, comparison: Comparison) -> bytes:
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    axes = figure.subplots(2, 2).flat
    for axis, metric in zip(axes, METRICS, strict=True):
        for arm in comparison["arms"]:
            curve = arm["curves"].get(metric)
            if curve is None:
                continue
            values = {name: [float("nan") if v is None else v for v in curve[name]] for name in ("mean", "low", "high")}
            [line] = axis.plot(arm["curves"]["epoch"], values["mean"], label=arm["label"])
            axis.fill_between(
                arm["curves"]["epoch"], values["low"], values["high"], alpha=0.2, color=line.get_color(), linewidth=0
            )
        axis.set(title=metric, xlabel="epoch")
    figure.suptitle(question.study["name"] or question.study["preset"] or question.study["id"])
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=110)
    return data.getvalue()
