"""One study: the arms' curves with bands, the comparison in a table and in sentences, the report."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from service.client import AsyncBNLab, ServerError, StudyJson, endpoints
from service.dashboard.parts import charts, frame, widgets
from service.dashboard.parts.formatting import estimate, field_label, p_value, title_of

METRICS = ["val_accuracy", "accuracy", "val_loss", "loss"]
HEADERS = [
    "Arm", "Runs", "Diverged", "Final test accuracy", "Epochs to threshold", "Reached", "Difference to baseline",
    "p, corrected", "Times faster",
]  # fmt: skip
REPORTS = {"HTML": "html", "Markdown": "md", "CSV": "csv", "PNG": "png"}


class ComparisonView:
    """Chart, table and sentences for the threshold and the metric that are chosen."""

    def __init__(self, lab: AsyncBNLab, study_id: str) -> None:
        self._lab, self._study_id = lab, study_id
        self._threshold: float | None = None
        self._comparison: dict[str, Any] | None = None

    def build(self) -> None:
        with widgets.card("Arms"):
            with ui.element("div").classes("tools"):
                self._metric = ui.select(METRICS, label="Metric", value=METRICS[0], on_change=self._show).props(
                    "outlined dense"
                )
                shown = ui.label().classes("quiet")
                self._slider = (
                    ui.slider(min=0, max=1, step=0.01, value=0.8)
                    .props('label aria-label="Threshold of the test accuracy"')
                    .style("max-width: 260px")
                )
                shown.bind_text_from(self._slider, "value", lambda value: f"Threshold {value:.2f}")
                self._slider.on("change", self._ask_for_threshold)
            self._chart = (
                ui.echart({}).classes("chart tall").props('role=img aria-label="Curves of the arms with bands"')
            )
            ui.label("Means over the seeds; bands are 95 % intervals.").classes("quiet")
        self._answers = ui.element("div").style("display: contents")
        with self._answers, widgets.card("Comparison"):
            ui.label("The runs are being compared.").props("role=status")

    async def refresh(self) -> None:
        try:
            comparison = await self._lab.comparison(self._study_id, self._threshold)
        except ServerError as error:
            self._answers.clear()
            with self._answers, widgets.card("Comparison"):
                ui.label(str(error))
            return
        if comparison != self._comparison:
            self._comparison = comparison
            self._slider.value = comparison["threshold"]
            self._show()

    async def _ask_for_threshold(self) -> None:
        self._threshold = self._slider.value
        await self.refresh()

    def _show(self) -> None:
        if self._comparison is None:
            return
        arms, metric, threshold = self._comparison["arms"], self._metric.value, self._comparison["threshold"]
        drawn = {arm["label"]: arm["curves"][metric] for arm in arms if metric in arm["curves"]}
        epochs: list[int] = max((arm["curves"]["epoch"] for arm in arms), key=len, default=[])
        level = threshold if metric == self._comparison["metric"] else None
        self._chart.options.clear()
        self._chart.options.update(charts.banded(epochs, drawn, level))
        self._chart.update()
        self._answers.clear()
        with self._answers:
            self._say(arms)

    def _say(self, arms: list[dict[str, Any]]) -> None:
        with widgets.card("Findings"):
            if self._comparison and self._comparison.get("partial"):
                ui.label("Not all runs have ended: this is what can be said so far.").classes("quiet")
            with ui.element("ul"):
                for arm in arms:
                    ui.html(widgets.escaped(arm["finding"]), tag="li", sanitize=False)
        with widgets.card("Comparison"):
            widgets.table(HEADERS, [_row(arm) for arm in arms], "Comparison of the arms")


async def study_page(study_id: str) -> None:
    lab = frame.lab()
    try:
        study = await lab.study(study_id)
    except ServerError as error:
        with frame.page("Study", "Studies"):
            widgets.missing(error)
        return
    with frame.page(title_of(study), "Studies"):
        view = ComparisonView(lab, study_id)
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
        for label, format in REPORTS.items():
            target = f"/v1/studies/{study['id']}/report?format={format}"
            ui.button(label, icon="download").props(f'href={target} outline no-caps aria-label="Report as {label}"')
        if study["status"] == "running":
            ui.button("Cancel", on_click=cancel).props("outline no-caps")
        else:
            ui.button("Delete", on_click=delete).props("outline no-caps color=negative")


def _row(arm: Mapping[str, Any]) -> list[str | tuple[str, str]]:
    against = arm["against_baseline"]
    difference, speedup = (against["final"], against["speedup"]) if against else ({}, {})
    times = arm["epochs_to_threshold"]
    return [
        arm["label"] or ", ".join(f"{field_label(key)} {value}" for key, value in arm["settings"].items()),
        str(arm["runs"]),
        str(arm["diverged"]),
        estimate(arm["final"].get("val_accuracy", {}), "mean"),
        estimate(times, "median", "never"),
        str(times["reached"]),
        estimate(difference, "difference") if against else "baseline",
        p_value(difference.get("p_adjusted")),
        estimate(speedup, "ratio"),
    ]
