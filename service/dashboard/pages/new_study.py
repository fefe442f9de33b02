"""A form that starts a study: a published experiment, or one's own base and grid."""

from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from service.client import AsyncBNLab, ServerError, endpoints
from service.dashboard.forms.schema_form import Path, SchemaForm, assign_errors, items, whole
from service.dashboard.forms.spec_schema import JOB_FIELDS, dataset_names, spec_schema
from service.dashboard.parts import frame, widgets
from service.dashboard.parts.snippets import Snippets
from service.vocabulary import PLACEMENTS

GRID_ROWS = 3


class OwnStudy:
    """The fields of a study apart from its base spec."""

    def __init__(self, paths: list[str], on_change: Any) -> None:
        with widgets.card("Study"), ui.element("div").classes("fields"):
            self.name = ui.input("Study name", on_change=on_change)
            self.seeds = ui.number("Seeds", value=10, on_change=on_change)
            self.looks = ui.input("Looks (numbers of seeds, planned)", on_change=on_change)
            self.baseline = ui.input("Baseline (path=value)", value="batch_norm.placement=none", on_change=on_change)
        with widgets.card("Grid"):
            ui.label("Arms are all combinations of these values.").classes("quiet")
            self.grid = [self._grid_row(i, paths, on_change) for i in range(GRID_ROWS)]
        for field in (self.name, self.seeds, self.looks, self.baseline, *(field for row in self.grid for field in row)):
            field.props("outlined dense")

    @property
    def fields(self) -> dict[Path, ValidationElement[Any]]:
        """The inputs by the places the API names, as in SchemaForm; a row of the grid by its path."""
        rows: dict[Path, ValidationElement[Any]] = {
            ("grid", path.value.strip() or str(i)): values for i, (path, values) in enumerate(self.grid)
        }
        return {
            ("seeds",): self.seeds, ("looks",): self.looks, ("baseline",): self.baseline,
            ("grid",): self.grid[0][1], ("name",): self.name,
            **rows,
        }  # fmt: skip

    def _grid_row(self, i: int, paths: list[str], on_change: Any) -> tuple[ui.input, ui.input]:
        path, values = ("batch_norm.placement", ", ".join(PLACEMENTS)) if i == 0 else ("", "")
        with ui.element("div").classes("pair"):
            return (
                ui.input(f"Path {i + 1}", value=path, autocomplete=paths, on_change=on_change),
                ui.input(f"Values {i + 1}", value=values, on_change=on_change),
            )

    def body(self, base: dict[str, Any]) -> dict[str, Any]:
        grid: dict[str, list[Any]] = {}
        for path, values in self.grid:
            if path.value.strip():
                grid.setdefault(path.value.strip(), []).extend(items(values.value))
        body: dict[str, Any] = {"name": self.name.value} if self.name.value else {}
        body |= {"base": base, "grid": grid, "seeds": whole(self.seeds.value)}
        if looks := items(self.looks.value):
            body["looks"] = looks
        path, _, value = self.baseline.value.partition("=")
        if path.strip():
            body["baseline"] = {path.strip(): items(value)[0] if items(value) else None}
        return body


async def new_study_page(dataset: str = "circles") -> None:
    lab = frame.lab()
    with frame.page("New study", "Studies"):
        await _published(lab)
        widgets.heading("Your own", 2).style("margin-top: 24px")
        try:
            schema, definitions = await spec_schema(lab)
            datasets = await dataset_names(lab, dataset)
        except ServerError as error:
            widgets.missing(error)
            return

        def changed() -> None:
            shown.update(own.body(form.value()))

        with ui.element("div").classes("form-layout"):
            with ui.element("div").classes("stack"):
                own = OwnStudy(definitions.leaves(schema, without=JOB_FIELDS), changed)
                training = [name for name in schema["properties"] if name not in (*JOB_FIELDS, "seed")]
                with ui.element("div").classes("form"):
                    form = SchemaForm(
                        schema,
                        definitions,
                        sections={"Training": training},
                        initial={"dataset": {"name": dataset}},
                        datasets=datasets,
                        on_change=changed,
                    )
            with ui.element("aside"):
                problem = widgets.problem()
                widgets.submit_button("Start study", lambda: start()).props("size=lg")
                shown = Snippets("/v1/studies", "submit_study")
    changed()

    async def start() -> str | None:
        problem.visible = False
        try:
            study = await lab.submit_study(own.body(form.value()))
        except ServerError as error:
            problem.text = assign_errors(form.fields | own.fields, error)
            problem.visible = True
            return None
        return f"/studies/{study['id']}"


async def _published(lab: AsyncBNLab) -> None:
    """Choosing a published experiment, where the server has some."""
    try:
        presets = {preset["name"]: preset for preset in await lab.json(endpoints.presets())}
    except ServerError:
        return
    with widgets.card("A published experiment"):
        with ui.element("div").classes("tools"):
            choice = ui.select({name: preset["title"] for name, preset in presets.items()}, label="Experiment")
            choice.props("outlined dense").style("min-width: min(100%, 380px)")
            seeds = ui.number("Seeds (its own if empty)").props("outlined dense hide-bottom-space")
            button = widgets.submit_button("Start it", lambda: start())
        about = ui.label().classes("quiet")
    choice.on_value_change(
        lambda event: about.set_text(f"{presets[event.value]['question']} ({presets[event.value]['source']})")
    )
    button.bind_enabled_from(choice, "value", bool)

    async def start() -> str | None:
        body = {"preset": choice.value} | ({} if seeds.value is None else {"seeds": whole(seeds.value)})
        seeds.error = None
        try:
            return f"/studies/{(await lab.submit_study(body))['id']}"
        except ServerError as error:
            seeds.error = assign_errors({}, error)
            return None
