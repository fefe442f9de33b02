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
    code = f"import {module}, sys; assert not {{'tensorflow', 'keras', 'mlflow'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
