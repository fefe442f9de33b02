"""A form that submits a training job."""

from typing import Any

from nicegui import ui

from service import calls
from service.client import AsyncBNLab, ServerError
from service.dashboard import frame, snippets
from service.dashboard.json_schema import Definitions, Schema
from service.dashboard.schema_form import SchemaForm, assign_errors

JOB_FIELDS = ("name", "tags", "priority", "max_seconds")


async def new_job_page(like: str | None = None, dataset: str = "circles") -> None:
    lab = frame.lab()
    with frame.page("New job", "Jobs"):
        try:
            schema, definitions = await spec_schema(lab)
            initial = (await lab.job(like))["spec"] if like else {"dataset": {"name": dataset}}
            datasets = await dataset_names(lab, initial["dataset"]["name"])
        except ServerError as error:
            frame.missing(error)
            return
        with ui.element("div").classes("form-layout"):
            with ui.element("div").classes("form"):
                form = SchemaForm(
                    schema,
                    definitions,
                    sections=sections(schema),
                    initial=initial,
                    datasets=datasets,
                    on_change=lambda: shown.update(form.value()),
                )
            with ui.element("aside"):
                problem = frame.problem().style("margin: 0")
                frame.submit_button("Submit job", lambda: submit()).props("size=lg")
                shown = Snippets("/v1/jobs", "submit")
    shown.update(form.value())

    async def submit() -> str | None:
        problem.visible = False
        try:
            job = await lab.submit(form.value())
        except ServerError as error:
            problem.text = assign_errors(form.fields, error)
            problem.visible = True
            return None
        return f"/jobs/{job['id']}"


class Snippets:
    """The request that the form makes, as curl and as Python, kept up to date."""

    def __init__(self, path: str, method: str) -> None:
        self._path, self._method, self._server = path, method, frame.public_address()
        with frame.card("The same with curl"):
            self._curl = frame.code()
        with frame.card("The same in Python"):
            self._python = frame.code()

    def update(self, body: dict[str, Any]) -> None:
        self._curl.content = frame.escaped(snippets.curl(self._server, self._path, body))
        self._python.content = frame.escaped(snippets.python(self._server, self._method, body))


async def spec_schema(lab: AsyncBNLab) -> tuple[Schema, Definitions]:
    """What ``POST /v1/jobs`` takes, as the server itself describes it."""
    named = (await lab.json(calls.openapi()))["components"]["schemas"]
    return named["JobIn"], Definitions(named)


async def dataset_names(lab: AsyncBNLab, chosen: str) -> list[str]:
    """The names of uploaded datasets. Raises ServerError where there is none of the name that is chosen."""
    page = await lab.json(calls.datasets())
    await lab.dataset(chosen)
    return [dataset["name"] for dataset in page["data"] if not dataset["built_in"]]


def sections(schema: Schema) -> dict[str, list[str]]:
    training = [name for name in schema["properties"] if name not in JOB_FIELDS]
    return {"Training": training, "Job": list(JOB_FIELDS)}
