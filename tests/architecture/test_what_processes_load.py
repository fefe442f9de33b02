"""What a process may load, looked up in ``sys.modules``: the import contracts do not see imports by name."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TENSORFLOW_FREE = [
    "service.cli.main", "service.worker.process", "service.api.app", "bn_models.spec", "bn_models.plan.architecture",
    "bn_models.export.folding", "bn_models.export.onnx_writer", "bn_models.statistics.comparison",
    "bn_models.inference", "examples.demo",
]  # fmt: skip


@pytest.mark.parametrize("module", TENSORFLOW_FREE)
def test_tensorflow_stays_behind_the_trainers_door(module: str) -> None:
    assert loaded(module) & {"tensorflow", "keras", "mlflow"} == set()


@pytest.mark.parametrize("module", ["bnlab", "service.client", "service.cli.main"])
def test_clients_load_nothing_that_serves(module: str) -> None:
    """Commands and each Tab of the shell's completion begin with these imports."""
    serving = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "nicegui", "onnxruntime", "pandas"}
    assert loaded(module) & serving == set()


@pytest.mark.parametrize("module", ["service.analysis.report", "service.api.server"])
def test_pandas_is_for_people_and_not_for_the_service(module: str) -> None:
    assert loaded(module) & {"pandas", "statsmodels"} == set()


def loaded(module: str) -> set[str]:
    """The top-level names in ``sys.modules`` of a process that imports ``module``."""
    code = f"import {module}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], check=True, cwd=ROOT, text=True, capture_output=True
        ).stdout.split()
    )
