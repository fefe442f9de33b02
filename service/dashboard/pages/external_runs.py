"""Runs that were trained elsewhere: a field for their table, and what a study's page shows of its runs."""

from typing import Any, cast

from nicegui import ui

from service.client import AsyncBNLab, ServerError
from service.client.responses import NotSent
from service.client.run_tables import RunsQuestion, first_arm
from service.dashboard.forms.file_field import FileField
from service.dashboard.pages.study import REPORTS, ComparisonView
from service.dashboard.parts import frame, widgets

LARGEST = 16_000_000
"""Bytes of a table; a server may take less."""
NOT_ASKED = ("tune", "interaction")
"""Only the arms of a grid differ in settings."""


class UploadedRuns:
    """Answers as a client does of a study; nothing is stored."""

    def __init__(self, lab: AsyncBNLab, table: bytes) -> None:
        self._lab, self._table = lab, table
        self.baseline = first_arm(table)

    async def comparison(self, _study_id: str, threshold: float | None = None, **asked: Any) -> dict[str, Any]:
        return await self._lab.compare(self._table, self.baseline, **self._question(threshold, asked))

    async def report(self, format: str, threshold: float | None, asked: Any) -> bytes:
        return await self._lab.compare_report(self._table, format, self.baseline, **self._question(threshold, asked))

    def _question(self, threshold: float | None, asked: dict[str, Any]) -> RunsQuestion:
        kept = {name: value for name, value in asked.items() if name not in NOT_ASKED}
        return cast(RunsQuestion, {**kept, "threshold": threshold})


class ExternalView(ComparisonView):
    def __init__(self, runs: UploadedRuns) -> None:
        super().__init__(cast(AsyncBNLab, runs), {"id": "", "arms": []})
        self._runs = runs

    def _build_fields(self) -> None:
        with ui.element("div").classes("tools"):
            self._baseline = ui.select([], label="Baseline", on_change=self._ask_baseline).props("outlined dense")
        super()._build_fields()
        self._tune.visible = self._interaction.visible = False

    async def _ask_baseline(self) -> None:
        if not self._filling:
            self._runs.baseline = self._baseline.value
            await self._ask()

    def _fill(self, comparison: dict[str, Any]) -> None:
        super()._fill(comparison)
        arms = comparison["arms"]
        self._filling = True
        compared_with = next(arm["label"] for arm in arms if arm["against_baseline"] is None)
        self._baseline.set_options([arm["label"] for arm in arms], value=compared_with)
        self._filling = False

    def _build_reports(self) -> None:
        for label, format in REPORTS.items():
            button = ui.button(label, icon="download", on_click=lambda format=format: self._download(format))
            button.props(f'outline no-caps aria-label="Report as {label}"')

    async def _download(self, format: str) -> None:
        async with widgets.reported():
            ui.download.content(await self._runs.report(format, self._threshold, self._asked), f"comparison.{format}")


async def external_runs_page() -> None:
    lab = frame.lab()

    async def compare(file: dict[str, Any]) -> None:
        shown.clear()
        problem.visible = False
        try:
            if file["size"] > LARGEST:
                raise NotSent(f"{file['name']} is larger than the {LARGEST / 1e6:g} MB that a page takes")
            runs = UploadedRuns(lab, await field.read(file["size"]))
            await runs.comparison("")
        except ServerError as error:
            problem.text, problem.visible = str(error), True
            return
        with shown:
            view = ExternalView(runs)
            view.build()
        await view.refresh()

    with frame.page("Runs trained elsewhere", "Studies"), ui.element("div").classes("stack"):
        with widgets.card("Your table"):
            ui.label(
                "Drop a CSV here, with a row for each epoch of each run: columns arm, seed, epoch (left out: final "
                "values) and one for each metric. Nothing is stored."
            ).classes("quiet")
            field = FileField(compare)
            problem = widgets.problem()
        shown = ui.element("div").style("display: contents")
