"""Which charts are drawn of a job's diagnostics."""

from service.dashboard.parts.diagnostics_panel import drawn

NORMALIZATION = {
    "name": "batch_normalization_1", "kind": "batch_normalization", "mean_gap": [0.4, 0.1], "variance_gap": [0.3, 0.2],
    "gamma_min": [1.0, 0.9], "gamma_max": [1.0, 1.1],
}  # fmt: skip
HIDDEN = {
    "name": "dense_1", "kind": "dense", "input_p15": [-1.0, -2.0], "input_p50": [0.0, 0.1], "input_p85": [1.0, 2.0],
    "dead_share": [0.0, "NaN"],
}  # fmt: skip


def test_a_chart_a_question_and_a_line_a_layer() -> None:
    modes = {"training_mode_accuracy": [0.8, 0.9], "inference_mode_accuracy": [0.5, 0.9]}
    charts = dict(drawn({"epoch": [1, 2], **modes, "layers": [NORMALIZATION, HIDDEN]}))
    assert charts == {
        "Training mode and inference mode": {
            "training mode accuracy": [0.8, 0.9], "inference mode accuracy": [0.5, 0.9],
        },
        "Batch mean away from the moving mean": {"batch_normalization_1": [0.4, 0.1]},
        "Batch variance away from the moving variance": {"batch_normalization_1": [0.3, 0.2]},
        "Gamma": {
            "batch_normalization_1 gamma min": [1.0, 0.9], "batch_normalization_1 gamma max": [1.0, 1.1],
        },
        "Share dead": {"dense_1": [0.0, "NaN"]},
        "Inputs of the activation of dense_1": {"15 %": [-1.0, -2.0], "50 %": [0.0, 0.1], "85 %": [1.0, 2.0]},
    }  # fmt: skip


def test_a_job_without_diagnostics_has_no_charts() -> None:
    assert list(drawn({"epoch": [], "layers": []})) == []
