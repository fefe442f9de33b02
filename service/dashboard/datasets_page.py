"""The datasets there are, and a form that uploads one."""

import re
from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from service import calls
from service.dashboard import frame
from service.dashboard.upload import Upload

HEADERS = ["Dataset", "Task", "Row", "Training rows", "Test rows", "Classes"]


class UploadForm:
    """Sends a file with what to make of it; what is wrong with it is said in the server's words."""

    def build(self) -> None:
        with frame.card("Upload your own"):
            ui.label("CSV, Parquet or npz: one row an example, one column to predict.").classes("quiet")
            with ui.element("div").classes("fields").style("margin-top: 12px"):
                self._file = Upload(self._chosen)
                self._name = ui.input("Dataset name")
                self._target = ui.input("Column to predict")
                self._columns = ui.input("From the columns", placeholder="all others, or a, b, c")
                self._missing = ui.select(
                    {"refuse": "refuse the file", "drop": "leave them out"},
                    label="Rows that miss a value",
                    value="refuse",
                )
                self._task = ui.select(["classification", "regression"], label="Task", value="classification")
                self._test = ui.number("Test fraction", value=0.2, min=0.01, max=0.9, step=0.05)
                self._seed = ui.number("Seed of the split", value=0, min=0, step=1)
                for field in (
                    self._name, self._target, self._columns, self._missing, self._task, self._test, self._seed
                ):  # fmt: skip
                    field.props("outlined dense")
                self._standardize = ui.checkbox("Standardize columns", value=True).classes("check")
            self._preview = frame.code()
            self._preview.visible = False
            self._problem = frame.problem()
            ui.button("Upload", icon="upload", on_click=self._send).props("no-caps unelevated")

    def _chosen(self, file: dict[str, Any]) -> None:
        lines = file["lines"]
        self._preview.visible = bool(lines)
        self._preview.content = frame.escaped("\n".join(lines))
        if not self._name.value:
            self._name.value = re.sub(r"[^a-z0-9_-]+", "_", PurePath(file["name"]).stem.lower())[:64]
        if lines:
            columns = [column.strip().strip('"') for column in lines[0].split(",")]
            self._target.set_autocomplete(columns)
            self._target.value = self._target.value or columns[-1]

    async def _send(self) -> None:
        self._problem.visible = False
        asked = {
            "target": self._target.value,
            "columns": [column.strip() for column in (self._columns.value or "").split(",") if column.strip()],
            "missing": self._missing.value,
            "task": self._task.value,
            "test_fraction": self._test.value,
            "seed": int(self._seed.value or 0),
            "standardize": str(self._standardize.value).lower(),
        }
        query = urlencode({name: value for name, value in asked.items() if value not in ("", None)}, doseq=True)
        status, body = await self._file.put(f"/v1/datasets/{self._name.value}?{query}")
        if status in (200, 201):
            ui.navigate.to(f"/datasets/{self._name.value}")
        else:
            self._problem.text, self._problem.visible = str(body.get("detail", body)), True


async def datasets_page() -> None:
    lab = frame.lab()
    with frame.page("Datasets", "Datasets"), ui.element("div").classes("stack"):
        await frame.live(lambda: lab.json(calls.datasets()), _list, seconds=5)
        UploadForm().build()


def _list(page: dict[str, Any]) -> None:
    with ui.element("section").classes("panel"):
        frame.table(HEADERS, [_row(dataset) for dataset in page["data"]], "Datasets")


def _row(dataset: dict[str, Any]) -> list[str | tuple[str, str]]:
    return [
        (dataset["name"], f"/datasets/{dataset['name']}"),
        dataset["task"] + (", built in" if dataset.get("built_in") else ""),
        " x ".join(map(str, dataset["row_shape"])),
        f"{dataset['train_rows']:,}",
        f"{dataset['test_rows']:,}",
        str(len(dataset["labels"]) or ""),
    ]
