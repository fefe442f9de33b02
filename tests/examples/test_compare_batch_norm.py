"""The notebook, executed as Jupyter does."""

import ast
import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.processes import ROOT

NOTEBOOK = ROOT / "examples" / "compare_batch_norm.ipynb"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # those of Jupyter's own packages
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.insert(-1, nbformat.v4.new_code_cell("accuracy.to_json()"))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = next(cell for cell in notebook.cells if cell.source == "accuracy.to_json()").outputs[0]["data"][
        "text/plain"
    ]
    table = json.loads(ast.literal_eval(shown))
    assert set(table) == {"train", "test"}
    assert all(0.75 < value < 0.9 for column in table.values() for value in column.values())


def test_it_is_stored_without_output() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
