"""The documents against the code: README, and the pages under docs/reference."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from service.api.app import create_app
from service.cli import main as cli_module
from service.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
MOST_README_LINES = 200
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
NAMED_FILE = re.compile(r"`((?:bn_models|bnlab|service|migrations|tests|benchmarks|examples|docs)/[\w./-]*)`")


def reference(name: str) -> str:
    return (ROOT / "docs" / "reference" / f"{name}.md").read_text()


def help_of_commands(group: Any, prefix: str = "") -> dict[str, str]:
    """The help of every command by its full name, ``db upgrade`` and so on."""
    found: dict[str, str] = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= help_of_commands(command, f"{prefix}{name} ")
        else:
            found[f"{prefix}{name}"] = command.help or ""
    return found


COMMANDS = help_of_commands(typer.main.get_command(cli_module.app))
SETTINGS = {name: field for name, field in Settings.model_fields.items()}


@cache
def openapi() -> dict[str, Any]:
    return create_app(Settings(database="sqlite:///never-opened.db")).openapi()


# --- settings ---


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented_with_its_default_and_meaning(name: str) -> None:
    field, page = SETTINGS[name], reference("settings")
    [(default, meaning)] = re.findall(rf"^\| `BNLAB_{name.upper()}` \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert meaning == (field.description or "").removesuffix("; default: one a core")
    if field.default_factory is None and field.default is not None:
        assert default == f"`{field.default}`"


def test_no_setting_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^\| `BNLAB_(\w+)`", reference("settings"), re.MULTILINE)
    assert [name.lower() for name in documented] == list(SETTINGS)


# --- routes ---


def test_every_route_is_documented_and_no_other() -> None:
    routes = {f"{method.upper()} {path}" for path, methods in openapi()["paths"].items() for method in methods}
    table = reference("http").partition("\n## Routes\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", table)) == routes


# --- command line ---


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"^\| .*`bnlab {name}\b", reference("cli"), re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_help_has_an_example(name: str) -> None:
    assert re.search(rf"Example: .*bnlab {name}\b", COMMANDS[name])


def test_every_exit_code_is_documented() -> None:
    codes = re.findall(r"(?<=[ \n])(\d) ([^;.]+)[;.]", (cli_module.__doc__ or "").partition("Exit codes:")[2])
    assert len(codes) == 6
    for code, meaning in codes:
        assert re.search(rf"^\| `{code}` \| {re.escape(' '.join(meaning.split()))} \|$", reference("cli"), re.MULTILINE)


# --- spec ---

HEADINGS = {
    "TrainingSpec": "Training spec",
    "Synthetic": "`circles`, `moons`",
    "Digits": "`digits`",
    "Images": "`mnist`, `fashion_mnist`, `cifar10`",
    "Uploaded": "Uploaded",
    "BatchNorm": "Batch normalization",
    "RmsProp": "`rmsprop`",
    "InverseTime": "`inverse_time`",
    "EarlyStopping": "Early stopping",
    "Design": "Studies",
    "Claim": "Claims",
}
"""Of the parts of a spec that are not named as the word that stands for them."""


def referred(schema: Any) -> Iterator[str]:
    """The names of the schemas that ``schema`` refers to, directly."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rpartition("/")[2]
        for value in schema.values():
            yield from referred(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from referred(value)


def parts() -> dict[str, dict[str, Any]]:
    """The JSON schemas of a study, a spec and all that is inside, by the names of their classes."""
    schemas = openapi()["components"]["schemas"]
    found: dict[str, dict[str, Any]] = {}
    waiting = ["Design"]
    while waiting:
        name = waiting.pop()
        if (plain := name.removesuffix("-Input").removesuffix("-Output")) not in found:
            found[plain] = schemas[name]
            waiting += referred(schemas[name])
    return found


PARTS = parts()


def fields(heading: str) -> dict[str, str]:
    """The fields under a heading and their defaults, as they are written."""
    section = re.split(r"^#+ ", reference("spec").partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) ?\| ", section, re.MULTILINE))


@pytest.mark.parametrize("name", PARTS)
def test_every_field_of_a_spec_is_documented_with_its_default_and_no_other(name: str) -> None:
    schema = PARTS[name]
    heading = HEADINGS.get(name, f"`{name.lower()}`")
    properties = {
        field: described
        for field, described in schema["properties"].items()
        if not (field in ("name", "kind") and field in schema.get("required", ()))  # the heading names it
    }
    documented = fields(heading)
    assert f"# {heading}\n" in reference("spec")
    assert list(documented) == list(properties)
    for field, described in properties.items():
        default = described.get("default", {} if described.get("type") == "object" else None)
        if field in schema.get("required", ()):
            assert documented[field] == "", field
        elif isinstance(default, dict) and default:  # of a part: the word that stands for it
            assert documented[field] == f"`{default.get('name') or default.get('kind') or default['placement']}`", field
        else:
            assert documented[field] == f"`{json.dumps(default)}`", field


# --- all pages ---


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= MOST_README_LINES


def anchors(page: Path) -> set[str]:
    """Of a page's headings, as they are made where the repository is shown."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        if re.match(r"\w+:", target):
            continue
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(page: Path) -> None:
    missing = [name for name in NAMED_FILE.findall(page.read_text()) if not (ROOT / name).exists()]
    assert missing == []
