"""The README's tables against the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from service.api.app import create_app
from service.cli import main as cli_module
from service.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text()


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


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"(bnlab|make) {name}\b", README)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_help_has_an_example(name: str) -> None:
    assert re.search(rf"Example: .*bnlab {name}\b", COMMANDS[name])


def test_every_exit_code_is_documented() -> None:
    codes = re.findall(r"(?<=[ \n])(\d) ([^;.]+)[;.]", (cli_module.__doc__ or "").partition("Exit codes:")[2])
    assert len(codes) == 6
    for code, meaning in codes:
        assert re.search(rf"^\| `{code}` \| {re.escape(' '.join(meaning.split()))} \|$", README, re.MULTILINE)
