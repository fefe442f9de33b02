"""All jobs in a live table, one page of the API's list at a time."""

from typing import Any

from nicegui import ui
from nicegui.elements.aggrid import AgGrid

from service.client import AsyncBNLab, JobJson, ServerError
from service.dashboard.parts import frame, widgets
from service.dashboard.parts.formatting import accuracy, status_of, when
from service.vocabulary import ACTIVE, PLACEMENTS, TERMINAL

ROWS = 50
NAME_CELL = """params => { const link = document.createElement('a'); link.href = '/jobs/' + params.data.id;
  link.textContent = params.value; return link }"""
STATUS_CELL = """params => { const word = document.createElement('span'); word.textContent = params.value;
  word.className = 'status status-' + params.data.state; return word }"""
PROGRESS_CELL = """params => { const cell = document.createElement('span'); cell.className = 'cell-bar';
  const bar = document.createElement('i'); const [epoch, epochs] = params.value.split('/');
  bar.style.setProperty('--done', 100 * epoch / epochs + '%'); cell.append(bar, params.value); return cell }"""
COLUMNS: list[dict[str, Any]] = [
    {"field": "name", "headerName": "Job", "flex": 2, "minWidth": 170, ":cellRenderer": NAME_CELL},
    {"field": "status", "headerName": "Status", "minWidth": 120, "flex": 1, ":cellRenderer": STATUS_CELL},
    {"field": "progress", "headerName": "Epochs", "minWidth": 150, "flex": 1, ":cellRenderer": PROGRESS_CELL},
    {"field": "accuracy", "headerName": "Test accuracy", "minWidth": 100, "flex": 1},
    {"field": "train", "headerName": "Training accuracy", "minWidth": 100, "flex": 1},
    {"field": "dataset", "headerName": "Dataset", "minWidth": 110, "flex": 1},
    {"field": "placement", "headerName": "Batch normalization", "minWidth": 150, "flex": 1},
    {"field": "rate", "headerName": "Learning rate", "minWidth": 90, "flex": 1},
    {"field": "created", "headerName": "Submitted", "minWidth": 140, "flex": 1},
]


class JobTable:
    """A page of jobs that follows the server: filters, older and newer, cancel and retry of what is selected."""

    def __init__(self, lab: AsyncBNLab, filters: dict[str, str]) -> None:
        self._lab, self._filters = lab, filters
        self._cursors: list[str] = []  # of the pages before this one, oldest page last
        self._next: str | None = None
        self._rows: list[dict[str, Any]] | None = None

    def build(self) -> None:
        with ui.element("div").classes("tools"):
            for field, options in (("status", [*ACTIVE, *TERMINAL]), ("placement", [*PLACEMENTS])):
                ui.select(options, label=field.capitalize(), clearable=True, on_change=self._filter(field)).props(
                    f'outlined dense aria-label="Filter by {field}"'
                )
            for field in ("dataset", "name"):
                ui.input(field.capitalize(), on_change=self._filter(field)).props(
                    "outlined dense clearable debounce=300"
                )
            widgets.link_button("New job", "/jobs/new", "add").classes("end")
        self._banner = ui.label().classes("banner").props("role=status")
        self._banner.visible = False
        with ui.element("div") as self._filled:
            self._grid = _grid()
            with ui.element("div").classes("tools").style("margin-top: 12px"):
                ui.button("Cancel selected", on_click=self._cancel).props("outline no-caps")
                ui.button("Retry selected", on_click=self._retry).props("outline no-caps")
                self._newer = ui.button("Newer", icon="chevron_left", on_click=self._to_newer).classes("end")
                self._older = ui.button("Older", icon="chevron_right", on_click=self._to_older)
                for button in (self._newer, self._older):
                    button.props("outline no-caps")
        advice = "Submit a training job here, or with bnlab submit in a terminal."
        with widgets.empty_state("No jobs yet", advice) as self._empty:
            widgets.link_button("New job", "/jobs/new", "add")
        with widgets.empty_state("No job matches", "Clear a filter to see more jobs.") as self._no_match:
            pass
        self._filled.visible = self._empty.visible = self._no_match.visible = False

    async def refresh(self) -> None:
        """Asks the server for this page and sends the browser what is new."""
        after = {"after": self._cursors[-1]} if self._cursors else {}
        try:
            page = await self._lab.jobs(limit=ROWS, **self._filters, **after)
        except ServerError as error:
            self._say(f"The server does not answer as it should: {error}")
            return
        self._next = page["next"]
        rows = [_row(job) for job in page["data"]]
        self._newer.set_enabled(bool(self._cursors))
        self._older.set_enabled(page["has_more"])
        if rows != self._rows:
            self._show(rows)

    async def look_for_workers(self) -> None:
        ready = await self._lab.ready()
        self._say("" if ready else "No worker was seen lately: jobs wait in the queue. Start one with: bnlab worker")

    def _show(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows
        filtered = bool(self._filters or self._cursors)
        self._filled.visible, self._no_match.visible = bool(rows), not rows and filtered
        self._empty.visible = not rows and not filtered
        with self._grid.props.suspend_updates():
            self._grid.options["rowData"] = rows  # for a browser that comes back
        self._grid.run_grid_method("setGridOption", "rowData", rows)

    def _say(self, message: str) -> None:
        self._banner.text, self._banner.visible = message, bool(message)

    def _filter(self, field: str) -> Any:
        async def change(event: Any) -> None:
            self._filters.pop(field, None)
            if event.value:
                self._filters[field] = event.value
            self._cursors = []
            await self.refresh()

        return change

    async def _to_older(self) -> None:
        if self._next is not None:
            self._cursors.append(self._next)
            await self.refresh()

    async def _to_newer(self) -> None:
        if self._cursors:
            self._cursors.pop()
            await self.refresh()

    async def _cancel(self) -> None:
        await self._each_selected(self._lab.cancel, "cancelled")

    async def _retry(self) -> None:
        await self._each_selected(self._lab.retry, "queued again")

    async def _each_selected(self, action: Any, done: str) -> None:
        selected = await self._grid.get_selected_rows()
        if not selected:
            ui.notify("Select jobs first: tick the boxes in the first column.", type="info")
        for row in selected:
            async with widgets.reported():
                await action(row["id"])
                ui.notify(f"{row['name']}: {done}", type="positive")
        await self.refresh()


async def jobs_page(study: str | None = None) -> None:
    with frame.page("Jobs" if study is None else "Jobs of a study", "Jobs"):
        table = JobTable(frame.lab(), {"study": study} if study else {})
        table.build()
    await table.refresh()
    ui.timer(1.0, table.refresh, immediate=False)
    ui.timer(10.0, table.look_for_workers)


def _grid() -> AgGrid:
    options = {
        "columnDefs": COLUMNS,
        "rowData": [],
        "defaultColDef": {
            "sortable": False,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
            "resizable": True,
            "suppressMovable": True,
        },
        "rowSelection": {"mode": "multiRow", "headerCheckbox": True},
        ":getRowId": "params => params.data.id",
        "ensureDomOrder": True,
        "enableCellTextSelection": True,
    }
    return ui.aggrid(options, auto_size_columns=False).classes("jobs-grid")


def _row(job: JobJson) -> dict[str, Any]:
    spec, result = job["spec"], job["result"] or {}
    final = result.get("final", {})
    return {
        "id": job["id"],
        "name": job["name"] or job["id"],
        "state": "diverged" if result.get("diverged_at_epoch") else job["status"],
        "status": status_of(job),
        "progress": f"{job['progress']['epoch']}/{job['progress']['epochs']}",
        "accuracy": accuracy(final.get("val_accuracy")),
        "train": accuracy(final.get("accuracy")),
        "dataset": spec["dataset"]["name"],
        "placement": spec["batch_norm"]["placement"].replace("_", " "),
        "rate": f"{spec['learning_rate']:g}",
        "created": when(job["created_at"])[5:-3],
    }
