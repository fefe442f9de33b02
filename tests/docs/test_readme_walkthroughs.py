"""The README's two paths from one's own table to a prediction, step by step as they are written there."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import chromium, visits
from tests.support.processes import ROOT, serving

pytestmark = pytest.mark.slow
README = (ROOT / "README.md").read_text()
MINUTE = 60_000
Step = Callable[[Page], Any]


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("paths")) as url:
        yield url


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as ``make serve`` leaves a clone: the examples are there, and bnlab is in ``.venv``."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    commands = tmp_path / ".venv" / "bin"
    commands.mkdir(parents=True)
    (commands / "activate").write_text(f"PATH={commands}:$PATH\n")
    (commands / "bnlab").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m service "$@"\n')
    (commands / "bnlab").chmod(0o755)
    return tmp_path


def test_the_terminals_path(server: str, clone: Path) -> None:
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", section("Your own table, in the terminal"), re.DOTALL | re.MULTILINE)
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        cwd=clone, env={**os.environ, "BNLAB_SERVER": server, "COLUMNS": "160"}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "classes setosa, versicolor, virginica" in ran.stdout
    assert re.search(
        "placement=after_activation against placement=none, on this one split, .*, 10 seeds",
        " ".join(ran.stdout.split()),
    )
    assert "10 seeds" in (clone / "report.html").read_text()
    *probabilities, label = ran.stdout.splitlines()[-1].split()
    assert len(probabilities) == 3
    assert float(probabilities[0]) > 0.9  # the row is a setosa of the table
    assert label == "setosa"


@pytest.mark.browser
def test_the_browsers_path(server: str) -> None:
    """Every name in bold is used, and no other."""
    text = section("Your own table, in the browser")
    named = dict.fromkeys(re.findall(r"\*\*(.+?)\*\*", text))
    with chromium() as browser, visits(browser, server) as visit:
        page = visit("/datasets")
        for name in named:
            STEPS[name](page)
    assert set(named) == set(STEPS)


def press(name: str, role: Literal["button", "link"] = "button") -> Step:
    return lambda page: page.get_by_role(role, name=name, exact=True).last.click()


def read(title: str, words: str) -> Step:
    """Looks for the words in the panel with this title."""

    def look(page: Page) -> None:
        panel = page.locator("section", has=page.get_by_role("heading", name=title, exact=True))
        expect(panel).to_contain_text(re.compile(words), timeout=MINUTE)

    return look


def start_study(page: Page) -> None:
    press("Start study")(page)
    page.wait_for_url(re.compile(r"/studies/[0-9a-f]{32}$"))
    expect(page.locator(".status")).to_have_text("finished", timeout=MINUTE)


def open_report(page: Page) -> None:
    page.get_by_role("link", name="Report as HTML").click()
    page.wait_for_url(re.compile("/report"))
    expect(page.locator("body")).to_contain_text("10 seeds")
    page.go_back()


def choose_a_run(page: Page) -> None:
    page.locator("main, .page").get_by_role("link", name="Jobs", exact=True).click()
    page.locator(".ag-center-cols-container a").first.click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))


def predict(page: Page) -> None:
    """The heading of the panel and its button have the same name, and the README names it for both."""
    panel = page.locator("section", has=page.get_by_role("heading", name="Predict", exact=True))
    expect(panel.get_by_label("sepal_length")).to_have_value("5.1")
    panel.get_by_label("sepal_length").fill("5.0")
    panel.get_by_role("button", name="Predict").click()
    expect(panel.locator(".bars .best").first).to_have_text("setosa")


STEPS: dict[str, Step] = {
    "Upload your own": read("Upload your own", "one column to predict"),
    "File": lambda page: page.get_by_label("File").set_input_files(ROOT / "examples" / "iris.csv"),
    "Column to predict": lambda page: expect(page.get_by_label("Column to predict")).to_have_value("species"),
    "Upload": press("Upload"),
    "New study with it": press("New study with it", "link"),
    "Seeds": lambda page: expect(page.get_by_label("Seeds", exact=True)).to_have_value("10"),
    "Values 1": lambda page: page.get_by_label("Values 1").fill("none, after_activation"),
    "Start study": start_study,
    "Arms": read("Arms", "Means over the seeds"),
    "Findings": read(
        "Findings", r"after_activation against placement=none, on this one split, 30 test rows: .*10 seeds"
    ),
    "Figures": read("Figures", "final val_accuracy.*after_activation"),
    "HTML": open_report,
    "Jobs": choose_a_run,
    "Predict": predict,
}
