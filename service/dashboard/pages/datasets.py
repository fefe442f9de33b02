"""The datasets there are, and a form that uploads one."""

import re
from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from service.client import ServerError, endpoints
from service.dashboard.forms.file_field import FileField
from service.dashboard.forms.schema_form import Path, assign_errors, whole
from service.dashboard.parts import frame, widgets
from service.vocabulary import DATASET_NAME

HEADERS = ["Dataset", "Task", "Row", "Training rows", "Test rows", "Classes"]


class UploadForm:
    """Sends a file with what to make of it; what is wrong with it is said in the server's words."""

    def __init__(self) -> None:
        self._suggested: dict[ui.input, str] = {}

    def build(self) -> None:
        with widgets.card("Upload your own"):
            ui.label("CSV, Parquet or npz: one row an example, one column to predict.").classes("quiet")
            with ui.element("div").classes("fields").style("margin-top: 12px"):
                self._file = FileField(self._chosen)
                self._name = ui.input("Dataset name")
                self._target = ui.input("Column to predict")
                self._columns = ui.input("From the columns", placeholder="all others, or a, b, c")
                self._missing = ui.select(
                    {"refuse": "refuse the file", "drop": "leave them out"},
                    label="Rows that miss a value",
                    value="refuse",
                )
                self._task = ui.select(["classification", "regression"], label="Task", value="classification")
                self._test = ui.number("Test fraction", value=0.2, step=0.05)
                self._seed = ui.number("Seed of the split", value=0, step=1)
                self._fields: dict[Path, ValidationElement[Any]] = {
                    ("name",): self._name, ("target",): self._target, ("columns",): self._columns,
                    ("missing",): self._missing, ("task",): self._task, ("test_fraction",): self._test,
                    ("seed",): self._seed,
                }  # fmt: skip
                for field in self._fields.values():
                    field.props("outlined dense hide-bottom-space")
                self._standardize = ui.checkbox("Standardize columns", value=True).classes("check")
            self._preview = widgets.code()
            self._preview.visible = False
            self._problem = widgets.problem()
            widgets.submit_button("Upload", self._send, icon="upload")

    def _chosen(self, file: dict[str, Any]) -> None:
        lines = file["lines"]
        self._preview.visible = bool(lines)
        self._preview.content = widgets.escaped("\n".join(lines))
        columns = [column.strip().strip('"') for column in lines[0].split(",")] if lines else []
        self._target.set_autocomplete(columns)
        for field, suggestion in (
            (self._name, endpoints.suggested_name(PurePath(file["name"]))),
            (self._target, columns[-1] if columns else ""),
        ):
            if field.value in ("", self._suggested.get(field)):  # what was written by hand stays
                field.value = self._suggested[field] = suggestion

    async def _send(self) -> str | None:
        """The page of the dataset; None where the server refuses the file."""
        self._problem.visible = False
        name = self._name.value or ""
        if not re.fullmatch(DATASET_NAME, name):  # it would lead to another path
            self._name.error = "1 to 64 of a to z, 0 to 9, _ and -"
            return None
        status, body = await self._file.put(f"/v1/datasets/{name}?{self._query()}")
        if status in (200, 201):
            return f"/datasets/{name}"
        refused = ServerError(str(body.get("detail", body)), status, body.get("errors"))
        self._problem.text, self._problem.visible = assign_errors(self._fields, refused), True
        return None

    def _query(self) -> str:
        asked = {
            "target": self._target.value,
            "columns": [column.strip() for column in (self._columns.value or "").split(",") if column.strip()],
            "missing": self._missing.value,
            "task": self._task.value,
            "test_fraction": self._test.value,
            "seed": whole(self._seed.value),
            "standardize": str(self._standardize.value).lower(),
        }
        return urlencode({name: value for name, value in asked.items() if value not in ("", None)}, doseq=True)


async def datasets_page() -> None:
    lab = frame.lab()
    with frame.page("Datasets", "Datasets"), ui.element("div").classes("stack"):
        await widgets.live(lambda: lab.json(endpoints.datasets()), _list, seconds=5)
        UploadForm().build()


def _list(page: dict[str, Any]) -> None:
    with ui.element("section").classes("panel"):
        widgets.table(HEADERS, [_row(dataset) for dataset in page["data"]], "Datasets")


def _row(dataset: dict[str, Any]) -> list[str | tuple[str, str]]:
    return [
        (dataset["name"], f"/datasets/{dataset['name']}"),
        dataset["task"] + (", built in" if dataset.get("built_in") else ""),
        " x ".join(map(str, dataset["row_shape"])),
        f"{dataset['train_rows']:,}",
        f"{dataset['test_rows']:,}",
        str(len(dataset["labels"]) or ""),
    ]
