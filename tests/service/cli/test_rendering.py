import io

import pytest
from rich.console import Console

from service.cli.rendering import comparison_table, sparkline


def test_a_sparkline_goes_from_the_least_to_the_greatest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([0.0, "NaN", 1.0]) == "▁·█"
    assert sparkline([]) == ""


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
    shown = io.StringIO()
    Console(width=80, file=shown).print(comparison_table({"metric": "val_accuracy", "threshold": 0.8, "arms": arms}))
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.getvalue().splitlines() if "│" in line]
    assert "".join(row[0] for row in cells).replace(" ", "") == "".join(labels).replace(" ", "")
    assert [row[1] for row in cells if row[1]] == ["30", "30"]
    assert [row[6] for row in cells if row[6]] == ["29", "29"]
