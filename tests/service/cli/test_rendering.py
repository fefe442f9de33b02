import io
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from bn_models.statistics.question import Question
from service.cli.rendering import comparison_lines, curves, job_table, sparkline
from tests.support.comparisons import comparison


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


def shown(comparison: dict[str, Any], width: int = 80) -> str:
    printed = io.StringIO()
    console = Console(width=width, file=printed)
    for part in comparison_lines(comparison, width):
        console.print(part, highlight=False)
    return printed.getvalue()


def test_a_comparison_is_whole_in_a_narrow_terminal() -> None:
    asked = Question(threshold=0.75, interaction="learning_rate", tune="learning_rate")
    text = shown(comparison(asked))
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert text.startswith("placement=none, learning_rate=0.1: 0.701 (baseline)\n")
    for figures in (
        "+0.100 to +0.100",
        "p = 0.002",
        "10 of 10 runs",
        "placement=after_activation, ",
        "0.1 → 0.001",
    ):
        assert figures in text
    assert "best learning_rate " in text  # a figure a line
    assert "smallest of the grid: widen it." in " ".join(text.split())


def test_a_wide_terminal_has_the_table_of_the_reports() -> None:
    text = shown(comparison(), width=300)
    assert "largest class's share" in text
    assert "0.7009 (0.7003 to 0.7015)" in text


def test_a_long_label_is_folded_and_not_cut() -> None:
    found, label = (
        comparison(),
        "placement=before_activation, " * 3 + "hidden_units=128-128-128-128-128-128-128-128-128",
    )
    found["arms"][1]["label"] = label
    lines = shown(found).splitlines()
    end = next(line for line in lines if "final" in line).index("final")
    column = "".join(line[:end].replace(" ", "") for line in lines)
    assert label.replace(" ", "") in column
