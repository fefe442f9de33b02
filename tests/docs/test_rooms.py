"""The rooms and the life of a job, as docs/architecture.md tells them, against the folders and functions there are."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
ROOMS = dict(re.findall(r"^- \*\*([\w/]+)\*\* — (.+)$", ARCHITECTURE, re.MULTILINE))
PACKAGES = sorted(
    str(file.parent.relative_to(ROOT))
    for package in ("bn_models", "service", "bnlab")
    for file in (ROOT / package).rglob("__init__.py")
)
LIFE = ARCHITECTURE.partition("\n## The life of a job\n")[2].partition("\n## ")[0]
ARROWS = re.findall(r"^\| `(\w+)` \| `(service/store/\w+\.py)` \|", LIFE, re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_rooms_sentence_is_its_line_in_the_architecture(package: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text())) or ""
    sentence = docstring.partition("\n")[0]
    assert sentence == ROOMS.get(package)


def test_no_room_is_described_that_is_not_there() -> None:
    assert set(ROOMS) - set(PACKAGES) == set()


def test_the_arrows_of_a_jobs_life_are_functions() -> None:
    for name, module in ARROWS:
        body = ast.parse((ROOT / module).read_text()).body
        assert name in {node.name for node in body if isinstance(node, ast.FunctionDef)}, f"{module} has no {name}"


def test_the_diagram_and_its_table_have_the_same_arrows() -> None:
    diagram = LIFE.partition("```mermaid\n")[2].partition("```")[0]
    labels = re.findall(r"--> [\w*\[\]]+: ([\w, ]+)", diagram)
    drawn = {name.strip() for label in labels for name in label.split(",")}
    assert drawn == {name for name, _ in ARROWS}
