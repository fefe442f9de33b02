"""One job: live curves, its spec, the certificate of its model, and a form that predicts."""

import asyncio
import json
from typing import Any

from nicegui import background_tasks, ui

from service.client import AsyncBNLab, JobJson, ServerError
from service.dashboard.forms.model_inputs import inputs_and_labels
from service.dashboard.forms.predict_form import PredictForm
from service.dashboard.parts import charts, frame, widgets
from service.dashboard.parts.diagnostics_panel import diagnostics_panel
from service.dashboard.parts.formatting import accuracy, field_label, status_of, validates_apart, when
from service.vocabulary import TERMINAL

CHARTS = {"Accuracy": "accuracy", "Mean absolute error": "mae", "Loss": "loss"}
POLL_SECONDS = 0.3
"""Between two looks at a job that has not ended."""


class JobView:
    """The parts of the page that change while the job runs."""

    def __init__(self, lab: AsyncBNLab, job: JobJson) -> None:
        self._lab, self._job = lab, job
        self._columns: dict[str, list[Any]] = {}
        self._newest = 0

    def build(self) -> None:
        self._head()
        with ui.element("div").classes("panels"):
            unused = "Accuracy" if self._job["spec"]["dataset"].get("task") == "regression" else "Mean absolute error"
            self._charts = {title: self._chart(title) for title in CHARTS if title != unused}
        with ui.element("div").classes("panels"):
            self._ended = ui.element("div").style("display: contents")
            with widgets.card("Spec"):
                widgets.code(json.dumps(self._job["spec"], indent=2))
        self._update_head()

    async def follow(self) -> None:
        """Shows how the job goes until it has ended; only what is new is asked for, however many epochs there are."""
        while True:
            try:
                self._job = await self._lab.job(self._job["id"])  # first: when it has ended, all its metrics are there
                new = await self._lab.metrics(self._job["id"], after=self._newest)
            except ServerError as error:
                ui.notify(f"Live updates are interrupted: {error}", type="warning")
                await asyncio.sleep(2)
                continue
            self._update_head()
            if new["epoch"]:
                self._newest = new["epoch"][-1]
                for name, values in new.items():
                    self._columns.setdefault(name, []).extend(values)
                self._draw()
            if self._job["status"] in TERMINAL:
                await self._show_ended()
                return
            await asyncio.sleep(POLL_SECONDS)

    def _draw(self) -> None:
        epochs = self._columns["epoch"]
        for title, chart in self._charts.items():
            lines = {label: self._columns[name] for label, name in self._lines(title).items()}
            chart.options.update(charts.curves(epochs, lines))
            chart.update()

    def _chart(self, title: str) -> ui.echart:
        with widgets.card(title):
            return (
                ui.echart(charts.curves([], self._lines(title)))
                .classes("chart")
                .props(f'role=img aria-label="{title}"')
            )

    def _lines(self, title: str) -> dict[str, str]:
        """The names of a chart's lines and the metrics that they show."""
        metric, spec = CHARTS[title], self._job["spec"]
        inference = {"training rows in inference mode": f"train_{metric}"}
        return {
            "training": metric,
            "validation" if validates_apart(spec) else "test": f"val_{metric}",
            **(inference if spec.get("evaluate_training") == "epochs" else {}),
        }

    def _head(self) -> None:
        with ui.element("div").classes("tools"):
            self._status = ui.label().props("role=status")
            self._bar = ui.linear_progress(show_value=False).props('aria-label="Epochs done"').style("width: 180px")
            self._words = ui.label().classes("quiet")
            self._cancel = ui.button("Cancel", on_click=self._do_cancel).props("outline no-caps").classes("end")
            self._retry = ui.button("Retry", on_click=self._do_retry).props("outline no-caps")
            ui.button("New job like this").props(f"href=/jobs/new?like={self._job['id']} outline no-caps")
            self._delete = ui.button("Delete", on_click=self._do_delete).props("outline no-caps color=negative")
        self._error = widgets.problem()

    def _update_head(self) -> None:
        job = self._job
        status, progress, error = job["status"], job["progress"], job["error"]
        self._status.text = status_of(job)
        self._status.classes(replace=f"status status-{status}")
        self._bar.value = progress["epoch"] / progress["epochs"]
        self._words.text = (
            f"epoch {progress['epoch']} of {progress['epochs']} · submitted {when(job['created_at'])} UTC"
        )
        self._cancel.visible, self._retry.visible = status not in TERMINAL, status in ("failed", "cancelled")
        self._delete.visible = status in TERMINAL
        self._error.visible = bool(error)
        self._error.text = f"{error['type']}: {error['message']}" if error else ""

    async def _show_ended(self) -> None:
        self._ended.clear()
        if self._job["result"] is None:
            return
        with self._ended:
            with widgets.card("Result"):
                widgets.facts(_result_facts(self._job))
            with widgets.card("Model"):
                widgets.facts(_model_facts(self._job))
                _downloads(self._job["id"])
            with widgets.card("Predict"):
                inputs, labels = await inputs_and_labels(self._lab, self._job)
                PredictForm(self._lab, self._job["id"], self._job["spec"]["dataset"]["name"], inputs, labels)
            await diagnostics_panel(self._lab, self._job["id"])

    async def _do_cancel(self) -> None:
        async with widgets.reported():
            await self._lab.cancel(self._job["id"])

    async def _do_retry(self) -> None:
        async with widgets.reported():
            await self._lab.retry(self._job["id"])
            ui.navigate.reload()

    async def _do_delete(self) -> None:
        if await widgets.confirmed("Delete this job with its metrics and its model?", "Delete"):
            async with widgets.reported():
                await self._lab.delete(self._job["id"])
                ui.navigate.to("/")


async def job_page(job_id: str) -> None:
    lab = frame.lab()
    try:
        job = await lab.job(job_id)
    except ServerError as error:
        with frame.page("Job", "Jobs"):
            widgets.missing(error)
        return
    with frame.page(job["name"] or f"Job {job_id}", "Jobs"):
        view = JobView(lab, job)
        view.build()
        follow = background_tasks.create(view.follow(), context=ui.context.client)
    ui.context.client.on_delete(follow.cancel)


def _result_facts(job: JobJson) -> dict[str, str]:
    result = job["result"]
    held_out = "Validation" if validates_apart(job["spec"]) else "Test"
    facts = {
        field_label(name).replace("Val", held_out).replace("Train ", "Training rows' "): accuracy(value)
        for name, value in result["final"].items()
        if value is not None
    }
    if (share := result.get("largest_class_share")) is not None:
        facts["Share of the largest class"] = accuracy(share)
    if result["best"]:
        facts["Best epoch"] = str(result["best"]["epoch"])
    facts["Epochs run"] = f"{result['epochs_run']}" + (", stopped early" if result["stopped_early"] else "")
    facts["Training time"] = f"{result['train_seconds']:.2f} s, {result['compile_seconds']:.2f} s of it compiling"
    if result["resumed_from"]:
        facts["Resumed from epoch"] = ", ".join(map(str, result["resumed_from"]))
    return facts


def _model_facts(job: JobJson) -> dict[str, str]:
    model = job["result"]["model"]
    return {
        "Parameters": f"{job['result']['parameters']:,}",
        "Largest difference to Keras": f"{model['max_abs_difference']}",
        "Folded layers": f"{model['folded_layers']}",
        "ONNX bytes": f"{model['onnx_bytes']:,}",
        "SHA-256": model["sha256"],
    }


def _downloads(job_id: str) -> None:
    with ui.element("div").classes("tools").style("margin: 12px 0 0"):
        for label, target in (
            ("ONNX", f"/v1/jobs/{job_id}/model"),
            ("Keras", f"/v1/jobs/{job_id}/model?format=keras"),
            ("Metrics as CSV", f"/v1/jobs/{job_id}/metrics?format=csv"),
        ):
            ui.button(label, icon="download").props(f"href={target} outline no-caps")
