import io
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from service.cli.rendering import comparison_table, curves, job_table, sparkline


def printed(table: Table, width: int = 200) -> str:
    shown = io.StringIO()
    Console(width=width, file=shown).print(table)
    return shown.getvalue()


def test_a_sparkline_goes_from_the_least_to_the_greatest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([0.0, "NaN", 1.0]) == "▁·█"
    assert sparkline([]) == ""


@pytest.mark.parametrize(("test", "shown"), [(None, "0.800, 0.900"), (0.7, "0.800, 0.700")])
def test_a_list_of_jobs_shows_the_test_rows_where_they_are_apart(test: float | None, shown: str) -> None:
    job: dict[str, Any] = {
        "id": "0" * 32, "name": None, "status": "succeeded", "progress": {"epoch": 1, "epochs": 1},
        "spec": {"dataset": {"name": "circles"}, "batch_norm": {"placement": "none"}, "learning_rate": 0.01},
        "result": {"diverged_at_epoch": None, "final": {"accuracy": 0.8, "val_accuracy": 0.9, "test_accuracy": test}},
    }  # fmt: skip
    assert shown in printed(job_table([job]))
    job["result"]["largest_class_share"] = 0.5
    assert f"{shown} (0.500)" in printed(job_table([job]))


def test_training_rows_in_inference_mode_are_a_curve_of_their_own() -> None:
    assert "train_loss" in printed(curves({"loss": [1.0], "train_loss": [0.5]}))
    assert "train_loss" not in printed(curves({"loss": [1.0]}))


@pytest.mark.parametrize("length", [50, 51, 1000])
def test_a_long_sparkline_keeps_its_width(length: int) -> None:
    line = sparkline(range(length), width=50)
    assert (len(line), line[0], line[-1]) == (50, "▁", "█")


@pytest.mark.parametrize("more", ["", ", on_output=True, activation=sigmoid, learning_rate=0.001"])
def test_a_comparison_has_whole_labels_and_all_numbers_in_a_narrow_terminal(more: str) -> None:
    epochs = {"median": 17.0, "low": 15.0, "high": 19.0, "reached": 29}
    final = {"val_accuracy": {"mean": 0.845, "sd": 0.01, "low": 0.841, "high": 0.849}}
    labels = [f"placement={placement}_activation{more}" for placement in ("after", "before")]
    arms = [{"label": at, "runs": 30, "diverged": 0, "final": final, "epochs_to_threshold": epochs} for at in labels]
    shown = printed(comparison_table({"metric": "val_accuracy", "threshold": 0.8, "arms": arms}), width=80)
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if "│" in line]
    assert "".join(row[0] for row in cells).replace(" ", "") == "".join(labels).replace(" ", "")
    assert [row[1] for row in cells if row[1]] == ["30", "30"]
    assert [row[6] for row in cells if row[6]] == ["29", "29"]
