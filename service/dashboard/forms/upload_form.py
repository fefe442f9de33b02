"""A form that uploads a file as a dataset."""

import csv
import re
from pathlib import PurePath
from typing import Any
from urllib.parse import urlencode

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from service.client import ServerError, endpoints
from service.dashboard.forms.file_field import FileField
from service.dashboard.forms.schema_form import Path, assign_errors, whole
from service.dashboard.parts import widgets
from service.vocabulary import DATASET_NAME

IN_FIELDS = {
    "NAME_TARGET": "name it as Column to predict",
    "NAME_COLUMNS": "name the others in From the columns",
    "DROP_ROWS": "choose to leave them out in Rows that miss a value",
    "MARK_MISSING": "write all that does in Stands for a missing value",
    "AS_CLASSES": "choose classification as Task",
    "AS_NUMBER": "choose regression as Task if it is a number to predict",
    "CHANGE_TEST_FRACTION": "change Test fraction",
    "RAISE_LIMIT": "have BNLAB_MAX_DATASET_BYTES of the server raised",
    "STANDARDIZE": "check Standardize columns",
    "NO_HEADER": "choose in First line that it is data, which names the columns 0, 1, …",
    "HEADER": "choose in First line that it has names",
    "DELIMITER": "choose it as Delimiter",
    "DECIMAL": "choose the comma as Decimal mark if it is",
    "ENCODING": "write its Encoding, as utf-16 or cp1252",
    "OTHER_TYPE": "give the file its own ending, .csv, .parquet or .npz",
    "COMPRESSED": "send it over HTTP with Content-Encoding: gzip",
}
"""What helps, by the code that the server gives it, as the fields are called here."""


class UploadForm:
    """Sends a file with what to make of it; what is wrong with it is said beside or below the fields."""

    def __init__(self) -> None:
        self._suggested: dict[ui.input, str] = {}
        self._lines: list[str] = []

    def build(self) -> None:
        with widgets.card("Upload your own"):
            ui.label("CSV, Parquet or npz: one row an example, one column to predict.").classes("quiet")
            with ui.element("div").classes("fields").style("margin-top: 12px"):
                self._file = FileField(self._chosen)
                self._name = ui.input("Dataset name")
                self._options = self._meaning() | self._reading()
                self._standardize = ui.checkbox("Standardize columns", value=True).classes("check")
            self._fields: dict[Path, ValidationElement[Any]] = {("name",): self._name}
            self._fields |= {(option,): field for option, field in self._options.items()}
            for field in self._fields.values():
                field.props("outlined dense hide-bottom-space")
            self._preview = widgets.code()
            self._preview.visible = False
            self._problem = widgets.problem()
            widgets.submit_button("Upload", self._send, icon="upload")

    def _meaning(self) -> dict[str, ValidationElement[Any]]:
        """The fields that say what a table means, by the options that they are."""
        self._target = ui.input("Column to predict")
        drop = {"refuse": "refuse the file", "drop": "leave them out"}
        return {
            "target": self._target,
            "columns": ui.input("From the columns", placeholder="all others, or a, b, c"),
            "missing": ui.select(drop, label="Rows that miss a value", value="refuse"),
            "missing_values": ui.input("Stands for a missing value", placeholder="nothing, NA, NaN, null, None, ?"),
            "task": ui.select(["classification", "regression"], label="Task", value="classification"),
            "test_fraction": ui.number("Test fraction", value=0.2, step=0.05),
            "seed": ui.number("Seed of the split", value=0, step=1),
        }

    def _reading(self) -> dict[str, ValidationElement[Any]]:
        """Those that say how a file is written."""
        header = {"": "has names, or is refused", "true": "has names", "false": "is data"}
        delimiters = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar |", " ": "space"}
        index = {"drop": "is no column", "keep": "is a column"}
        return {
            "header": ui.select(header, label="First line", value=""),
            "delimiter": ui.select(delimiters, label="Delimiter", value=",", on_change=self._suggest),
            "decimal": ui.select({".": "point", ",": "comma"}, label="Decimal mark", value="."),
            "encoding": ui.input("Encoding", placeholder="UTF-8"),
            "index": ui.select(index, label="A pandas index", value="drop"),
        }

    def _chosen(self, file: dict[str, Any]) -> None:
        self._lines = file["lines"]
        self._preview.visible = bool(self._lines)
        self._preview.content = widgets.escaped("\n".join(self._lines))
        self._fill(self._name, endpoints.suggested_name(PurePath(file["name"])))
        self._suggest()

    def _suggest(self) -> None:
        """The last of the columns as the one to predict."""
        first = [*csv.reader(self._lines[:1], delimiter=self._options["delimiter"].value)]
        columns = [column.strip() for line in first for column in line]
        self._target.set_autocomplete(columns)
        self._fill(self._target, columns[-1] if columns else "")

    def _fill(self, field: ui.input, suggestion: str) -> None:
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
        beside_fields = assign_errors(self._fields, refused)
        self._problem.text, self._problem.visible = refused.of_file(IN_FIELDS) or beside_fields, True
        return None

    def _query(self) -> str:
        asked = {option: field.value for option, field in self._options.items()}
        asked["columns"] = [column for column in listed(asked["columns"]) if column]
        asked["missing_values"] = listed(asked["missing_values"])
        asked |= {"seed": whole(asked["seed"]), "standardize": str(self._standardize.value).lower()}
        return urlencode({name: value for name, value in asked.items() if value not in ("", None)}, doseq=True)


def listed(written: str | None) -> list[str]:
    """What is separated by commas; what has one in it, or is nothing, in quotation marks."""
    return [item.strip() for line in csv.reader([written or ""], skipinitialspace=True) for item in line]
