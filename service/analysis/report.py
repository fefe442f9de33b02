"""A study's comparison and reports from its runs. Imported by the analysis process only."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import jinja2
import orjson
import pandas as pd

from bn_models.statistics.comparison import compare
from bn_models.statistics.runs import Arm, Run
from service.analysis.arm_table import table_row
from service.analysis.chart_data import steps_per_epoch
from service.analysis.chart_rendering import html_chart, png, title
from service.analysis.study_data import Question

PACKAGES = ("bnlab", "tensorflow", "keras", "numpy", "scipy", "statsmodels")
Comparison = dict[str, Any]

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("service.analysis"), autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip


def answer(question: Question, format: str) -> bytes:
    comparison = comparison_of(question)
    makers: Mapping[str, Callable[[Question, Comparison], bytes]] = {
        "json": lambda _, found: orjson.dumps(found),
        "html": _html,
        "md": _markdown,
        "png": png,
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
        "title": title(question),
        "steps": steps_per_epoch(question),
        "preset": question.preset,
        "comparison": comparison,
        "table": [table_row(arm, comparison["metric"]) for arm in comparison["arms"]],
        "diagnostics": any(question.diagnostics),
        "specs": [orjson.dumps(arm["spec"], option=orjson.OPT_INDENT_2).decode() for arm in question.arms],
        "design": orjson.dumps(question.study["design"]).decode(),
        "seeds": [[run["seed"] for run in arm["runs"]] for arm in question.arms],
        "versions": {package: version(package) for package in PACKAGES},
    }


def _markdown(question: Question, comparison: Comparison) -> bytes:
    return TEMPLATES.get_template("report.md").render(_context(question, comparison)).encode()


def _html(question: Question, comparison: Comparison) -> bytes:
    chart = html_chart(question, comparison)
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
