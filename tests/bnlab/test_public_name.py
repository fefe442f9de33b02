"""The package as a person's script uses it: in a process and under a type checker of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT, serving

SCRIPT = """
from bnlab import AsyncBNLab, BNLab, Results, ServerError

with BNLab() as lab:
    print(lab.dataset("circles")["name"])
    reveal_type(lab.predict("best", [[0.1, -0.2]]))
"""


@pytest.mark.slow
def test_without_arguments_it_talks_to_the_server_of_the_environment(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text("\n".join(line for line in SCRIPT.splitlines() if "reveal_type" not in line))
    with serving(tmp_path) as server:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "BNLAB_SERVER": server}
        ran = subprocess.run([sys.executable, script], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("circles\n", "")


@pytest.mark.slow
def test_a_type_checker_sees_what_its_methods_give(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", str(script)]
    checked = subprocess.run(
        mypy, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert 'Revealed type is "list[list[float]]"' in checked.stdout.replace("builtins.", "")
