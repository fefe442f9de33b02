"""A form made from a JSON schema, with its defaults and bounds, and the server's errors beside its fields."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from service.client import ServerError
from service.dashboard.forms.json_schema import Definitions, Schema, bounds, nullable, values
from service.dashboard.parts import widgets
from service.dashboard.parts.formatting import field_label

Path = tuple[str, ...]
Read = Callable[[], Any]


class SchemaForm:
    """One panel for each part with fields of its own, one for the plain fields of each of ``sections``.

    ``value()`` is what the person entered without what equals the defaults; ``on_change`` is called after each change;
    ``fields`` are the inputs by their place in the value, for :func:`assign_errors`.
    """

    def __init__(
        self,
        schema: Schema,
        definitions: Definitions,
        *,
        sections: Mapping[str, Sequence[str]],
        initial: Mapping[str, Any],
        datasets: Sequence[str],
        on_change: Callable[[], None],
    ) -> None:
        self._schema, self._definitions, self._datasets, self._on_change = schema, definitions, datasets, on_change
        self.fields: dict[Path, ValidationElement[Any]] = {}
        self._read: dict[str, Read] = {}
        simple, complex_ = self._split(schema)
        for name, part in complex_.items():
            with widgets.card(field_label(name)), ui.element("div").classes("fields"):
                self._read[name] = self._member((name,), part, _initial(initial, name, part))
        for title, names in sections.items():
            with widgets.card(title), ui.element("div").classes("fields"):
                for name in [name for name in names if name in simple]:
                    self._read[name] = self._member((name,), simple[name], _initial(initial, name, simple[name]))

    def value(self) -> dict[str, Any]:
        full = {name: read() for name, read in self._read.items()}
        return self._definitions.without_defaults(full, self._schema)

    def _split(self, schema: Schema) -> tuple[dict[str, Schema], dict[str, Schema]]:
        parts = {name: part for name, part in schema["properties"].items() if "const" not in part}
        complex_ = {name: part for name, part in parts.items() if _is_structured(self._definitions.plain(part))}
        return {name: part for name, part in parts.items() if name not in complex_}, complex_

    def _member(self, path: Path, part: Schema, value: Any) -> Read:
        schema = self._definitions.plain(part)
        if "oneOf" in schema:
            return self._variants(path, schema, value)
        if "properties" in schema:
            return self._optional(path, schema, value) if nullable(part) else self._object(path, schema, value or {})
        return self._scalar(path, schema, nullable(part), value)

    def _object(self, path: Path, schema: Schema, value: Mapping[str, Any], but: str = "") -> Read:
        parts = {name: part for name, part in schema["properties"].items() if name != but}
        readers = {name: self._member((*path, name), part, _initial(value, name, part)) for name, part in parts.items()}
        return lambda: {name: read() for name, read in readers.items()}

    def _optional(self, path: Path, schema: Schema, value: Mapping[str, Any] | None) -> Read:
        on = ui.checkbox(f"Use {field_label(path[-1]).lower()}", value=value is not None).classes("check")
        inside = ui.element("div").classes("fields group").bind_visibility_from(on, "value")
        on.on_value_change(lambda _: self._on_change())
        with inside:
            read = self._object(path, schema, value or {})
        return lambda: read() if on.value else None

    def _variants(self, path: Path, schema: Schema, value: Mapping[str, Any] | None) -> Read:
        tag, variants = self._definitions.variants(schema, self._datasets)
        chosen = (value or {}).get(tag, next(iter(variants)))
        select = (
            ui.select(list(variants), label=field_label(tag), value=chosen).props("outlined dense").classes("group")
        )
        self.fields[path] = select
        inside = ui.element("div").classes("fields group")
        read: Read = dict

        def show(initial: Mapping[str, Any]) -> None:
            nonlocal read
            for shown in [shown for shown in self.fields if shown[: len(path)] == path and shown != path]:
                del self.fields[shown]
            inside.clear()
            with inside:
                read = self._object(path, variants[select.value], initial, but=tag)

        def change() -> None:
            show({})
            self._on_change()

        show(value or {})
        select.on_value_change(lambda _: change())
        return lambda: {tag: select.value, **read()}

    def _scalar(self, path: Path, schema: Schema, may_be_null: bool, value: Any) -> Read:
        label, kind = field_label(path[-1]), schema.get("type")
        if kind == "boolean":
            box = ui.checkbox(label, value=bool(value), on_change=self._on_change).classes("check")
            return lambda: box.value
        field, read = _input(label, schema, may_be_null, value)
        field.on_value_change(lambda _: self._on_change())
        field.props("outlined dense hide-bottom-space").props.update(
            {"hint": schema.get("description") or bounds(schema)}
        )
        self.fields[path] = field
        return read


def assign_errors(fields: Mapping[Path, ValidationElement[Any]], error: ServerError) -> str:
    """Puts what the API says beside the fields at fault; gives what to say of the form as a whole."""
    for field in fields.values():
        field.error = None
    homeless = []
    for item in error.errors:
        place = [str(part) for part in item["loc"]]
        at_fault = max((path for path in fields if _within(path, place)), key=len, default=None)
        if at_fault is None:
            homeless.append(f"{'.'.join(place[1:])}: {item['msg']}".removeprefix(": "))
        else:
            fields[at_fault].error = item["msg"]
    return "; ".join(homeless) or ("Something is wrong in the fields marked." if error.errors else str(error))


def _input(label: str, schema: Schema, may_be_null: bool, value: Any) -> tuple[ValidationElement[Any], Read]:
    kind = schema.get("type")
    if values(schema):
        select = ui.select(values(schema), label=label, value=value, clearable=may_be_null)
        return select, lambda: select.value
    if kind in ("integer", "number"):
        number = ui.number(label, value=value).props("step=1" if kind == "integer" else "step=any")
        return number, lambda: whole(number.value) if kind == "integer" else number.value
    if kind == "array":
        listed = ui.input(f"{label} (comma separated)", value=", ".join(json.dumps(item) for item in value or []))
        return listed, lambda: items(listed.value) or (None if may_be_null else [])
    if kind == "object":
        pairs = ui.input(f"{label} (key=value, …)", value=", ".join(f"{k}={v}" for k, v in (value or {}).items()))
        return pairs, lambda: _pairs(pairs.value)
    text = ui.input(label, value=value or "")
    return text, lambda: text.value or (None if may_be_null else "")


def _is_structured(schema: Schema) -> bool:
    return "oneOf" in schema or "properties" in schema


def _initial(value: Mapping[str, Any], name: str, part: Schema) -> Any:
    return value.get(name, part.get("default"))


def _within(path: Path, place: Sequence[str]) -> bool:
    """Whether the parts of ``path`` are in ``place`` in this order: the API names the variants in between, too."""
    rest = iter(place)
    return all(part in rest for part in path)


def whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def items(written: str) -> list[Any]:
    """What was written, separated by commas: numbers, true and false as such, all else as text."""
    return [_json_or_text(item.strip()) for item in written.split(",") if item.strip()]


def _pairs(written: str) -> dict[str, str]:
    pairs = [item.partition("=") for item in written.split(",") if item.strip()]
    return {key.strip(): value.strip() for key, _, value in pairs}


def _json_or_text(item: str) -> Any:
    try:
        return json.loads(item)
    except ValueError:
        return item
