"""The README's tables against the code."""

import re
from pathlib import Path

import pytest

from service.api.app import create_app
from service.cli import app as cli
from service.settings import Settings

README = (Path(__file__).parents[1] / "README.md").read_text()
SETTINGS = {name: field for name, field in Settings.model_fields.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_documented_with_its_default_and_meaning(name: str) -> None:
    field = SETTINGS[name]
    [(default, meaning)] = re.findall(rf"^\| `BNLAB_{name.upper()}` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert meaning == (field.description or "").removesuffix("; default: one a core")
    if field.default_factory is None and field.default is not None:
        assert default == f"`{field.default}`"


def test_no_setting_is_documented_that_is_not_there() -> None:
    documented = re.findall(r"^\| `BNLAB_(\w+)`", README, re.MULTILINE)
    assert [name.lower() for name in documented] == list(SETTINGS)


def test_every_route_is_documented_and_no_other(tmp_path: Path) -> None:
    paths = create_app(Settings(database=f"sqlite:///{tmp_path / 'unused.db'}")).openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    table = README.partition("## Routes")[2].partition("## Settings")[0]
    assert set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", table)) == routes


def test_every_command_is_documented() -> None:
    for command in cli.registered_commands:
        assert command.callback is not None
        assert re.search(rf"(bnlab|make) {command.name or command.callback.__name__}\b", README)


def test_every_command_help_has_an_example() -> None:
    for command in cli.registered_commands:
        assert command.callback is not None
        assert "Example: " in (command.callback.__doc__ or "")
