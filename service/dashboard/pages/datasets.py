"""The datasets there are, and a form that uploads one."""

from typing import Any

from nicegui import ui

from service.client import endpoints
from service.dashboard.forms.upload_form import UploadForm
from service.dashboard.parts import frame, widgets

HEADERS = ["Dataset", "Task", "Row", "Training rows", "Test rows", "Classes"]


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
