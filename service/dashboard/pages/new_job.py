"""A form that submits a training job."""

from nicegui import ui

from service.client import ServerError
from service.dashboard.forms.schema_form import SchemaForm, assign_errors
from service.dashboard.forms.spec_schema import dataset_names, sections, spec_schema
from service.dashboard.parts import frame, widgets
from service.dashboard.parts.snippets import Snippets


async def new_job_page(like: str | None = None, dataset: str = "circles") -> None:
    lab = frame.lab()
    with frame.page("New job", "Jobs"):
        try:
            schema, definitions = await spec_schema(lab)
            initial = (await lab.job(like))["spec"] if like else {"dataset": {"name": dataset}}
            datasets = await dataset_names(lab, initial["dataset"]["name"])
        except ServerError as error:
            widgets.missing(error)
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
                problem = widgets.problem().style("margin: 0")
                widgets.submit_button("Submit job", lambda: submit()).props("size=lg")
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
