"""Every module has a test file of its name in the mirrored folder, or a line here that says where it is tested and why.

A test in the mirrored place is better: a line here is for what has no meaning of its own.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bn_models", "service")

PART = "it is a part of what that test runs, and has no result of its own"
VALUES = "it holds plain values, whose meaning is that of the modules which read them"
ROUTES = "it is what these routes take or answer"
PAGE = "a page or a part of one is tested as it is used, in a browser"
BOTH_CLIENTS = "both clients and what they share are tested side by side, so that they stay alike"
COMMANDS = "commands are tested as they are typed, those of a kind against one service"
PROCESS = "it is the entry of a process, which is tested by starting one"

ELSEWHERE: dict[str, tuple[str, str]] = {
    "bn_models/compiled/calls.py": ("bn_models/compiled/test_chunked_epochs.py", PART),
    "bn_models/compiled/epochs.py": ("bn_models/compiled/test_against_fit.py", PART),
    "bn_models/compiled/whole_epochs.py": ("bn_models/compiled/test_against_fit.py", PART),
    "bn_models/datasets/arrays.py": ("bn_models/datasets/test_loading.py", PART),
    "bn_models/datasets/npz_files.py": ("bn_models/datasets/test_loading.py", PART),
    "bn_models/export/recurrent_weights.py": ("bn_models/export/test_onnx_writer.py", PART),
    "bn_models/ingest/__main__.py": ("service/api/routes/test_datasets.py", PROCESS),
    "bn_models/ingest/cells.py": ("bn_models/ingest/test_csv_table.py", PART),
    "bn_models/ingest/splitting.py": ("bn_models/ingest/test_accept.py", PART),
    "bn_models/ingest/options.py": ("bn_models/ingest/test_accept.py", PART),
    "bn_models/ingest/table.py": ("bn_models/ingest/test_csv_table.py", PART),
    "bn_models/ingest/targets.py": ("bn_models/ingest/test_accept.py", PART),
    "bn_models/plan/layers.py": ("bn_models/plan/test_architecture.py", VALUES),
    "bn_models/spec/dataset.py": ("bn_models/spec/test_training.py", PART),
    "bn_models/spec/fields.py": ("bn_models/spec/test_training.py", PART),
    "bn_models/spec/optimization.py": ("bn_models/spec/test_training.py", PART),
    "bn_models/statistics/arm_summary.py": ("bn_models/statistics/test_comparison.py", PART),
    "bn_models/statistics/clauses.py": ("bn_models/statistics/test_findings.py", PART),
    "bn_models/statistics/metric_names.py": ("bn_models/statistics/test_question.py", PART),
    "bn_models/statistics/tuned_arms.py": ("bn_models/statistics/test_tuning.py", PART),
    "bn_models/statistics/runs.py": ("bn_models/statistics/test_comparison.py", PART),
    "bn_models/training/events.py": ("bn_models/training/test_loop.py", VALUES),
    "service/__main__.py": ("service/cli/test_main.py", PROCESS),
    "service/analysis/external_question.py": ("service/api/routes/test_comparisons.py", ROUTES),
    "service/analysis/measured_curves.py": ("service/api/routes/test_comparisons.py", PART),
    "service/analysis/pool_task.py": ("service/api/routes/test_studies.py", PROCESS),
    "service/analysis/run_table.py": ("service/api/routes/test_comparisons.py", PART),
    "service/api/app.py": ("service/api/routes/test_system.py", PART),
    "service/api/http/bodies.py": ("service/api/routes/test_jobs.py", PART),
    "service/api/http/methods.py": ("service/api/routes/test_system.py", PART),
    "service/api/metrics.py": ("service/api/routes/test_system.py", ROUTES),
    "service/api/prediction_docs.py": ("service/api/test_openapi_contract.py", ROUTES),
    "service/api/predictions.py": ("service/api/routes/test_models.py", ROUTES),
    "service/api/routes/admission.py": ("service/api/routes/test_jobs.py", ROUTES),
    "service/api/routes/aliases.py": ("service/api/routes/test_models.py", "aliases are tested with what they name"),
    "service/api/routes/dependencies.py": ("service/api/routes/test_jobs.py", ROUTES),
    "service/api/schemas/aliases.py": ("service/api/routes/test_models.py", ROUTES),
    "service/api/schemas/common.py": ("service/api/routes/test_jobs.py", ROUTES),
    "service/api/schemas/comparisons.py": ("service/api/routes/test_comparisons.py", ROUTES),
    "service/api/schemas/datasets.py": ("service/api/routes/test_datasets.py", ROUTES),
    "service/api/schemas/observations.py": ("service/api/routes/test_observations.py", ROUTES),
    "service/api/schemas/studies.py": ("service/api/routes/test_studies.py", ROUTES),
    "service/cli/comparing.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/comparison_commands.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/dataset_commands.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/question_options.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/doctor.py": ("service/cli/test_main.py", COMMANDS),
    "service/cli/export_commands.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/job_commands.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/model_commands.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/progress.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/rows_file.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/service_commands.py": ("service/cli/test_main.py", COMMANDS),
    "service/cli/study_commands.py": ("service/cli/test_commands.py", COMMANDS),
    "service/cli/terminal.py": ("service/cli/test_commands.py", COMMANDS),
    "service/client/async_client.py": ("service/client/test_clients.py", BOTH_CLIENTS),
    "service/client/endpoints.py": ("service/client/test_clients.py", BOTH_CLIENTS),
    "service/client/file_body.py": ("service/client/test_clients.py", BOTH_CLIENTS),
    "service/client/reconnection.py": ("service/client/test_clients.py", BOTH_CLIENTS),
    "service/client/sync_client.py": ("service/client/test_clients.py", BOTH_CLIENTS),
    "service/dashboard/forms/drawing.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/forms/file_field.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/forms/predict_form.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/forms/schema_form.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/forms/upload_form.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/forms/spec_schema.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/pages/dataset.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/pages/datasets.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/pages/external_runs.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/pages/job.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/pages/new_job.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/pages/new_study.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/pages/study.py": ("service/dashboard/pages/test_studies.py", PAGE),
    "service/dashboard/parts/frame.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/dashboard/parts/widgets.py": ("service/dashboard/pages/test_jobs.py", PAGE),
    "service/database/tables.py": ("service/database/test_migrate.py", "the migrations are held against it"),
    "service/errors.py": ("service/api/routes/test_jobs.py", VALUES),
    "service/mlflow_export/process.py": ("service/mlflow_export/test_exporter.py", PROCESS),
    "service/serving/open_inference.py": ("service/api/routes/test_open_inference.py", "peers' clients test it"),
    "service/serving/tensorflow_serving.py": ("service/api/routes/test_models.py", ROUTES),
    "service/settings.py": ("docs/test_reference.py", "each setting is held against its row of the reference"),
    "service/store/diagnostics.py": ("service/store/test_leases.py", "a lease writes them beside its epochs"),
    "service/store/models.py": ("service/store/test_leases.py", "a lease writes one as it succeeds"),
    "service/worker/executor.py": ("service/worker/test_supervisor.py", "it is an interface"),
    "service/worker/messages.py": ("service/worker/test_local_executor.py", VALUES),
    "service/worker/process.py": ("end_to_end/test_service.py", PROCESS),
    "service/worker/trainer.py": ("service/worker/test_local_executor.py", PROCESS),
    "service/worker/trainer_process.py": ("service/worker/test_local_executor.py", PROCESS),
}  # fmt: skip


def has_test(module: str) -> bool:
    path = Path(module)
    return (ROOT / "tests" / path.parent / f"test_{path.stem}.py").is_file()


def modules() -> list[str]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [str(path.relative_to(ROOT)) for path in found if path.name != "__init__.py"]


def test_every_module_has_its_test_or_its_reason() -> None:
    assert [module for module in modules() if not has_test(module) and module not in ELSEWHERE] == []


@pytest.mark.parametrize("module", ELSEWHERE)
def test_reasons_are_true(module: str) -> None:
    test, _ = ELSEWHERE[module]
    assert module in modules(), "the module is gone"
    assert not has_test(module), "it has a test of its own: this line can go"
    assert (ROOT / "tests" / test).is_file(), "that test is gone"


def test_no_test_imports_another() -> None:
    importing = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith(("from tests.", "import tests.")) and not line.startswith("from tests.support.")
    ]
    assert importing == []
