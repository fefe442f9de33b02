"""Imports go down the layers only, and the API never loads TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {"service.logs", "service.vocabulary", "service.xla_cache"},
    {"service.kept_process"},
    {
        "service.settings",
        "service.errors",
        "service.numbers",
        "service.calls",
        "service.spec_paths",
        "service.results",
        "service.binary_tensors",
    },
    {"service.tables", "service.messages"},
    {"service.database"},
    {
        "service.schema",
        "service.blobs",
        "service.workers",
        "service.idempotency",
        "service.epoch_seconds",
        "service.diagnostics",
    },
    {"service.models", "service.checkpoints", "service.datasets"},
    {"service.aliases", "service.intake"},
    {"service.jobs"},
    {"service.studies", "service.presets"},
    {"service.queries", "service.predictor", "service.tensors", "service.comparisons"},
    {"service.panels", "service.report_table"},
    {"service.figures"},
    {"service.tensorflow_serving", "service.open_inference", "service.report", "service.report_process"},
    {"service.analysis"},
    {"service.metrics", "service.executors", "service.trainer", "service.mlflow_runs"},
    {
        "service.supervisor",
        "service.api",
        "service.async_client",
        "service.client",
        "service.mlflow_export",
    },
    {"service.dashboard"},
    {
        "service.worker",
        "service.rendering",
        "service.tensorboard_export",
        "service.doctor",
        "service.embedded",
        "service.api_server",
    },
    {"service.progress"},
    {"service.terminal"},
    {"service.export_commands"},
    {"service.commands"},
    {"service.study_command"},
    {"service.cli"},
    {"service.__main__"},
]
TENSORFLOW_FREE = [
    "service.cli", "service.worker", "service.api.app", "bn_models.spec", "bn_models.plan", "bn_models.folding",
    "bn_models.export", "bn_models.comparison", "bn_models.inference", "examples.demo",
]  # fmt: skip


def imported(path: Path, package: str) -> set[str]:
    """The modules of ``package`` that a file imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.split(".")[0] == package}


def layer_of(module: str) -> int | None:
    return next((i for i, layer in enumerate(LAYERS) if ".".join(module.split(".")[:2]) in layer), None)


SERVICE_FILES = sorted(path for path in (ROOT / "service").rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", SERVICE_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_service_modules_import_only_from_lower_layers(path: Path) -> None:
    own = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert own is not None, "put the module into its layer"
    for module in imported(path, "service"):
        layer = layer_of(module)
        assert layer is None or layer <= own, module


def test_bn_models_never_imports_service() -> None:
    assert [path for path in (ROOT / "bn_models").rglob("*.py") if imported(path, "service")] == []


@pytest.mark.parametrize("module", TENSORFLOW_FREE)
def test_tensorflow_stays_behind_the_trainers_door(module: str) -> None:
    code = f"import {module}, sys; assert not {{'tensorflow', 'keras', 'mlflow'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
