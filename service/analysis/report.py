"""A study's comparison and reports from its runs. Imported by the analysis process only."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import jinja2
import orjson

from bn_models.statistics.comparison import compare
from bn_models.statistics.question import Question
from service import comparison_tables
from service.analysis.chart_data import steps_per_epoch
from service.analysis.chart_rendering import html_chart, png, title
from service.analysis.epochs_csv import epochs_csv
from service.analysis.measured_curves import begin_where_measured
from service.analysis.pool_task import DocumentFormat
from service.analysis.study_data import StudyData

PACKAGES = ("bnlab", "tensorflow", "keras", "numpy", "scipy")
Comparison = dict[str, Any]

TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("service.analysis"), autoescape=jinja2.select_autoescape(["html"]),
    undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
TEMPLATES.filters["cell"] = lambda text: " ".join(text.split()).replace("|", "\\|")
"""People's own words in a table of Markdown."""


def document(data: StudyData, question: Question, format: DocumentFormat) -> bytes:
    """The comparison ("json") or a report of it."""
    makers: Mapping[DocumentFormat, Callable[[StudyData, Comparison], bytes]] = {
        "json": lambda _, comparison: orjson.dumps(comparison),
        "html": _html,
        "md": _markdown,
        "png": png,
        "csv": lambda data, _: epochs_csv(data.arms),
    }
    return makers[format](data, compared(data, question))


def compared(data: StudyData, question: Question) -> Comparison:
    """The comparison of a study's arms as the API shows it."""
    found = asdict(compare(data.arms, data.baselines, question, data.conditions, data.claims))
    begin_where_measured(data.arms, found["arms"])
    if question.tune is not None and not data.conditions.validation_rows:
        # The test rows choose, too. Sentences about arms as they are do not rest on that, and so do not say it.
        found["conditions"]["selected_on_test"] = True
    asked = {"interaction": question.interaction, "tune": question.tune}
    return {"study_id": data.id, "partial": data.partial, **asked, **found}


def _context(data: StudyData, comparison: Comparison) -> dict[str, Any]:
    return {
        "study": data,
        "title": title(data),
        "reading": _reading(data, comparison),
        "preset": data.preset,
        "comparison": comparison,
        "conditions": comparison_tables.conditions(comparison),
        "tables": [comparison_tables.arms(comparison), *comparison_tables.tables(comparison)],
        "diagnostics": any(data.diagnostics),
        "specs": [orjson.dumps(spec, option=orjson.OPT_INDENT_2).decode() for spec in data.specs],
        "design": orjson.dumps(data.design).decode(),
        "seeds": [[run.seed for run in arm.runs] for arm in data.arms],
        "versions": {package: version(package) for package in PACKAGES},
    }


def _reading(data: StudyData, comparison: Comparison) -> str:
    """How the figures are to be read."""
    said = [f"Means with {100 * comparison['confidence']:g} % intervals; all p values are corrected for one another."]
    if comparison["threshold"] is not None:
        said.append(
            f"Epochs to {comparison['threshold']:g}: the median, where runs that never reach it count as later than "
            "all others."
        )
        if (steps := steps_per_epoch(data)) is not None:
            said.append(f"An epoch is {steps} steps here.")
    return " ".join(said)


def _markdown(data: StudyData, comparison: Comparison) -> bytes:
    return TEMPLATES.get_template("report.md").render(_context(data, comparison)).encode()


def _html(data: StudyData, comparison: Comparison) -> bytes:
    chart = html_chart(data, comparison)
    return TEMPLATES.get_template("report.html").render(_context(data, comparison), chart=chart).encode()
