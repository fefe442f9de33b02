"""Reading the JSON schema of a spec: references, nullable parts, variants told apart by one property."""

from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]
TAGS = ("name", "kind")


class Definitions:
    """The named schemas of an OpenAPI document, and what a form asks of them."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named

    def plain(self, part: Schema) -> Schema:
        """The schema itself, without references, null and shorthands; its description and title are kept."""
        if "$ref" in part:
            return {**self.named(part["$ref"].rpartition("/")[2]), **{k: part[k] for k in part if k != "$ref"}}
        if "anyOf" in part:
            choices = [choice for choice in part["anyOf"] if choice.get("type") != "null"]
            structured = [choice for choice in choices if "$ref" in choice or "oneOf" in choice]
            outside = {k: part[k] for k in part if k != "anyOf"}
            return {**self.plain((structured or choices)[0]), **outside}
        return part

    def named(self, name: str) -> Schema:
        return self._named[name]

    def variants(self, part: Schema, open_names: Sequence[str] = ()) -> tuple[str, dict[str, Schema]]:
        """The property that tells the variants apart, and the variant of each of its values.

        A variant for any name (data of the user's own) stands for ``open_names``; what is read-only, which the server
        adds itself, is left out.
        """
        members = [self.plain(member) for member in part["oneOf"]]
        tag = next(tag for tag in TAGS if all(tag in member["properties"] for member in members))
        found: dict[str, Schema] = {}
        for member in members:
            names = values(member["properties"][tag])
            asked = {name: part for name, part in member["properties"].items() if not part.get("readOnly")}
            found |= {name: {**member, "properties": asked} for name in names or open_names if name not in found}
        return tag, found

    def leaves(self, schema: Schema, without: Sequence[str] = ()) -> list[str]:
        """Dotted paths of the plain values that every variant has."""
        found = []
        for name, part in schema["properties"].items():
            plain = self.plain(part)
            if name in without or "const" in plain:
                continue
            if "properties" in plain:
                found += [f"{name}.{leaf}" for leaf in self.leaves(plain)]
            else:
                found.append(f"{name}.{self.variants(plain)[0]}" if "oneOf" in plain else name)
        return found

    def without_defaults(self, value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
        """What of ``value`` has to be said: the members that differ from their defaults."""
        said = {}
        for name, member in value.items():
            part = schema["properties"].get(name, {})
            if "default" in part and member == part["default"]:
                continue
            if member in (None, {}) and "default" not in part:
                continue
            said[name] = self._trimmed(member, self.plain(part)) if isinstance(member, Mapping) else member
        return said

    def _trimmed(self, value: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
        if "oneOf" in schema:
            tag, variants = self.variants(schema, [next(iter(value.values()))])
            return {tag: value[tag], **self.without_defaults(value, _without(variants[value[tag]], tag))}
        return self.without_defaults(value, schema) if "properties" in schema else dict(value)


def values(schema: Schema) -> list[Any]:
    """The values an enumeration allows; none for anything else."""
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def nullable(part: Schema) -> bool:
    return any(choice.get("type") == "null" for choice in part.get("anyOf", []))


def bounds(schema: Schema) -> str:
    """The bounds of a number in words, such as ``0 to 1``; empty where it has none."""
    low, high = (schema.get(name, schema.get(f"exclusive{name.capitalize()}")) for name in ("minimum", "maximum"))
    if low is None and high is None:
        return ""
    low_word = f"above {low:,g}" if "exclusiveMinimum" in schema else f"{low:,g}"
    return f"{low_word} to {'below ' if 'exclusiveMaximum' in schema else ''}{high:,.10g}"


def _without(schema: Schema, tag: str) -> Schema:
    return {**schema, "properties": {k: v for k, v in schema["properties"].items() if k != tag}}
