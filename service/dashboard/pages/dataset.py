"""One dataset: what it is, its first rows, the jobs that use it."""

from typing import Any

from nicegui import ui

from service.client import ServerError, endpoints
from service.dashboard.parts import frame, widgets

SHOWN = 20
"""Most columns of the preview, labels and jobs shown."""


async def dataset_page(name: str) -> None:
    lab = frame.lab()
    try:
        dataset = await lab.dataset(name)
    except ServerError as error:
        with frame.page("Dataset", "Datasets"):
            widgets.missing(error)
        return

    async def delete() -> None:
        if await widgets.confirmed(f"Delete the dataset {name}?", "Delete"):
            async with widgets.reported():
                await lab.send(endpoints.delete_dataset(name))
                ui.navigate.to("/datasets")

    with frame.page(name, "Datasets"):
        with ui.element("div").classes("tools"):
            widgets.link_button("New job with it", f"/jobs/new?dataset={name}", "add")
            if dataset["task"] == "classification":
                widgets.link_button("New study with it", f"/studies/new?dataset={name}", "add")
            if not dataset["built_in"] and not dataset["jobs"]:
                ui.button("Delete", on_click=delete).props("outline no-caps color=negative")
        if dataset["warnings"]:
            with widgets.card("Before you train on it", "banner"), ui.element("ul"):
                for warning in dataset["warnings"]:
                    ui.html(widgets.escaped(warning), tag="li", sanitize=False)
        with ui.element("div").classes("panels"):
            with widgets.card("What it is"):
                widgets.facts(_about(dataset))
            with widgets.card("Used by"):
                _users(dataset)
            if dataset["preview"]:
                with widgets.card("First rows", "wide"):
                    widgets.table(*_preview(dataset), "First rows")


def _about(dataset: dict[str, Any]) -> dict[str, str]:
    facts = {
        "Task": dataset["task"],
        "Row": " x ".join(map(str, dataset["row_shape"])),
        "Rows": f"{dataset['train_rows']:,} for training, {dataset['test_rows']:,} for testing",
    }
    if dataset["dropped_rows"]:
        facts["Rows left out"] = f"{dataset['dropped_rows']:,}, which miss a value"
    if dataset["labels"]:
        counts = dataset.get("class_counts") or [None] * len(dataset["labels"])
        named = [str(x) if n is None else f"{x} ({n:,})" for x, n in zip(dataset["labels"], counts, strict=True)]
        facts["Classes"] = ", ".join(named[:SHOWN])
    if (share := dataset["largest_class_share"]) is not None:
        facts["Largest class"] = f"{share:.1%} of the rows"
    if dataset.get("target"):
        facts["Column to predict"] = dataset["target"]["name"]
    if dataset.get("sha256"):
        facts["SHA-256"] = dataset["sha256"]
    return facts


def _users(dataset: dict[str, Any]) -> None:
    if not dataset["jobs"]:
        ui.label("No job uses it yet.")
        return
    with ui.element("ul"):
        for job_id in dataset["jobs"][:SHOWN]:
            with ui.element("li"):
                ui.link(job_id, f"/jobs/{job_id}")


def _preview(dataset: dict[str, Any]) -> tuple[list[str], list[list[str | tuple[str, str]]]]:
    rows: list[list[str | tuple[str, str]]] = [
        ["" if value is None else str(value) for value in row[:SHOWN]] for row in dataset["preview"]
    ]
    return dataset["preview_columns"][:SHOWN], rows
