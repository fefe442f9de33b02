"""One study: the arms' curves with bands, the comparison in a table and in sentences, the report."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from service import comparison_tables
from service.client import AsyncBNLab, ServerError, StudyJson, endpoints
from service.client.endpoints import Question
from service.dashboard.parts import charts, frame, widgets
from service.dashboard.parts.formatting import title_of

REPORTS = {"HTML": "html", "Markdown": "md", "CSV": "csv", "PNG": "png"}
DEBOUNCE = "debounce=600"


class ComparisonView:
    """What is asked, and the answer to it: lines, chart, sentences and tables."""

    def __init__(self, lab: AsyncBNLab, study: StudyJson) -> None:
        self._lab, self._study_id = lab, study["id"]
        self._paths = list(dict.fromkeys(path for arm in study["arms"] for path in arm["settings"]))
        self._threshold: float | None = None
        self._asked = Question()
        self._comparison: dict[str, Any] | None = None
        self._filling = False
        """While the fields are set to what was answered, which asks nothing."""

    def build(self) -> None:
        with widgets.card("Question"):
            self._build_fields()
            self._problem = widgets.problem()
        self._short = ui.element("div").style("display: contents")
        with self._short, widgets.card("In short"):
            ui.label("The runs are being compared.").props("role=status")
        with widgets.card("Arms"):
            with ui.element("div").classes("tools"):
                self._curve = ui.select([], label="Curves", on_change=self._draw).props("outlined dense")
            self._chart = (
                ui.echart({}).classes("chart tall").props('role=img aria-label="Curves of the arms with bands"')
            )
            self._bands = ui.label().classes("quiet")
        self._answers = ui.element("div").style("display: contents")

    def _build_fields(self) -> None:
        paths = {"": "not asked", **{path: path for path in self._paths}}
        with ui.element("div").classes("tools"):
            self._metric = ui.select([], label="Metric", on_change=self._ask_metric).props("outlined dense")
            self._level = ui.number(on_change=self._ask).props(f"outlined dense {DEBOUNCE}")
            self._margin = ui.number("Margin: the same within", min=0, on_change=self._ask)
            self._margin.props(f"outlined dense {DEBOUNCE}")
            self._tune = ui.select(paths, label="Each arm at its best", value="", on_change=self._ask)
            self._interaction = ui.select(paths, label="Differences along", value="", on_change=self._ask)
            for select in (self._tune, self._interaction):
                select.props("outlined dense")

    async def refresh(self) -> None:
        threshold, asked = self._threshold, self._asked
        try:
            comparison = await self._lab.comparison(self._study_id, threshold, **asked)
        except ServerError as error:
            self._problem.text, self._problem.visible = str(error), True
            return
        if (threshold, asked) != (self._threshold, self._asked):
            return  # something else was asked meanwhile, and is answered in its turn
        self._problem.visible = False
        if comparison != self._comparison:
            self._comparison = comparison
            self._fill(comparison)
            self._show(comparison)

    async def _ask_metric(self) -> None:
        if not self._filling:
            self._threshold, self._asked = None, Question(metric=self._metric.value)  # margins are in its unit, too
            await self.refresh()

    async def _ask(self) -> None:
        if not self._filling:
            self._threshold = self._level.value
            self._asked = Question(
                metric=self._metric.value, margin=self._margin.value, tune=self._tune.value or None,
                interaction=self._interaction.value or None,
            )  # fmt: skip
            await self.refresh()

    def _fill(self, comparison: dict[str, Any]) -> None:
        """The fields with what was answered, and with what else there is."""
        arms, metric = comparison["arms"], comparison["metric"]
        metrics = dict.fromkeys([metric, *(name for arm in arms for name in arm["final"])])
        curves = dict.fromkeys(name for arm in arms for name in arm["curves"] if name != "epoch")
        curve = _curve_of(metric)
        self._filling = True
        self._metric.set_options(list(metrics), value=metric)
        self._level.label, self._level.value = f"Threshold of {metric}", comparison["threshold"]
        self._margin.value = comparison["margin"]
        self._tune.value, self._interaction.value = comparison["tune"] or "", comparison["interaction"] or ""
        shown = curve if curve in curves else self._curve.value or next(iter(curves), None)
        self._curve.set_options(list(curves), value=shown)
        self._filling = False

    def _draw(self) -> None:
        if self._comparison is None:
            return
        arms, name, threshold = self._comparison["arms"], self._curve.value, self._comparison["threshold"]
        drawn = {arm["label"]: arm["curves"][name] for arm in arms if name in arm["curves"]}
        epochs: list[int] = max((arm["curves"]["epoch"] for arm in arms), key=len, default=[])
        level = threshold if name == _curve_of(self._comparison["metric"]) else None
        self._chart.options.clear()
        self._chart.options.update(charts.banded(epochs, drawn, level))
        self._chart.update()
        confidence = f"{100 * self._comparison['confidence']:g} %"
        self._bands.text = f"Means over the seeds; bands are {confidence} intervals."

    def _show(self, comparison: dict[str, Any]) -> None:
        self._draw()
        self._short.clear()
        with self._short, widgets.card("In short"):
            if comparison["partial"]:
                ui.label("Not all runs have ended: this is what can be said so far.").classes("quiet")
            _list(arm["headline"] for arm in comparison["arms"])
            ui.label(comparison_tables.conditions(comparison)).classes("quiet")
            with ui.element("div").classes("tools"):
                self._build_reports()
        self._answers.clear()
        with self._answers:
            with widgets.card("Findings"):
                _list(arm["finding"] for arm in comparison["arms"])
            for part in (comparison_tables.arms(comparison), *comparison_tables.tables(comparison)):
                _part(part)

    def _build_reports(self) -> None:
        for label, format in REPORTS.items():
            call = endpoints.report(self._study_id, format, self._threshold, self._asked)
            target = f"{call.path}?{urlencode(call.options['params'])}"
            button = ui.button(label, icon="download").props(f'outline no-caps aria-label="Report as {label}"')
            button.props["href"] = target


def _curve_of(metric: str) -> str:
    """The metric by epoch: test rows are looked at once, at the end."""
    return metric.replace("test_", "val_", 1)


def _list(lines: Iterable[str]) -> None:
    with ui.element("ul"):
        for line in lines:
            ui.html(widgets.escaped(line), tag="li", sanitize=False)


def _part(part: comparison_tables.Table) -> None:
    with widgets.card(part.title):
        if part.rows:
            widgets.table(part.headers, part.rows, part.title, "wrapped" if part.title == "Claims" else "")
        for note in part.notes:
            ui.label(note)


async def study_page(study_id: str) -> None:
    lab = frame.lab()
    try:
        study = await lab.study(study_id)
    except ServerError as error:
        with frame.page("Study", "Studies"):
            widgets.missing(error)
        return
    with frame.page(title_of(study), "Studies"):
        view = ComparisonView(lab, study)
        await widgets.live(lambda: lab.study(study_id), lambda now: _head(lab, now), seconds=1)
        with ui.element("div").classes("stack"):
            view.build()

    async def follow() -> None:
        await view.refresh()
        async with widgets.reported():
            if (await lab.study(study_id))["status"] != "running":
                await view.refresh()  # with what ended in between
                timer.cancel()

    timer = ui.timer(3.0, follow)  # its first call is after the page is there: a first comparison takes a moment


def _head(lab: AsyncBNLab, study: StudyJson) -> None:
    async def cancel() -> None:
        async with widgets.reported():
            await lab.cancel_study(study["id"])

    async def delete() -> None:
        if await widgets.confirmed("Delete this study with all its jobs?", "Delete"):
            async with widgets.reported():
                await lab.send(endpoints.delete_study(study["id"]))
                ui.navigate.to("/studies")

    counts = ", ".join(f"{count} {status}" for status, count in study["counts"].items() if count)
    with ui.element("div").classes("tools"):
        ui.label(study["status"]).classes(f"status status-{study['status']}").props("role=status")
        bar = ui.linear_progress(study["progress"]["fraction"], show_value=False)
        bar.props('aria-label="Runs done"').style("width: 180px")
        ui.label(f"{counts} · {len(study['arms'])} arms x {study['seeds']} seeds").classes("quiet")
        ui.button("Jobs").props(f"href=/?study={study['id']} outline no-caps").classes("end")
        if study["status"] == "running":
            ui.button("Cancel", on_click=cancel).props("outline no-caps")
        else:
            ui.button("Delete", on_click=delete).props("outline no-caps color=negative")
