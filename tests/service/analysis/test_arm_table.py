from typing import Any

from service.analysis.arm_table import table_row

FINAL = {"val_accuracy": {"mean": 0.80942, "sd": 0.0268, "low": 0.7903, "high": 0.8285}}


def arm(**fields: Any) -> dict[str, Any]:
    counts = {"label": "placement=none", "runs": 10, "diverged": 1, "failed": 2}
    epochs = {"median": 15.0, "low": None, "high": None, "reached": 7}
    return {**counts, "final": FINAL, "epochs_to_threshold": epochs, "against_baseline": None, **fields}


def test_the_line_of_a_baseline() -> None:
    assert table_row(arm(), "val_accuracy") == [
        "placement=none", "10", "1", "2", "0.8094 (0.7903 to 0.8285)", "0.0268", "-", "-", "15", "7", "-", "-",
    ]  # fmt: skip


def test_the_line_of_another_arm() -> None:
    final = {"difference": -0.0834, "low": -0.1056, "high": -0.0612, "p_adjusted": 0.0078125}
    speedup = {"ratio": 0.2667, "low": None, "high": 0.37, "p_adjusted": 0.0078125}
    row = table_row(arm(against_baseline={"final": final, "speedup": speedup}), "val_accuracy")
    assert row[6:8] == ["-0.0834 (-0.1056 to -0.0612)", "0.0078"]
    assert row[10:] == ["0.27 (… to 0.37)", "0.0078"]


def test_a_threshold_that_some_runs_reach_but_fewer_than_half() -> None:
    never = {"median": None, "low": None, "high": None, "reached": 1}
    assert table_row(arm(epochs_to_threshold=never), "val_accuracy")[8:10] == ["not by half", "1"]
    assert table_row(arm(epochs_to_threshold=never | {"reached": 0}), "val_accuracy")[8:10] == ["not reached", "0"]


def test_an_arm_without_runs_and_one_run_without_intervals() -> None:
    nothing = {"mean": None, "sd": None, "low": None, "high": None}
    never = {"median": None, "low": None, "high": None, "reached": 0}
    empty = arm(runs=0, failed=0, final={}, epochs_to_threshold=never)
    assert table_row(empty, "val_accuracy")[4:] == ["-", "-", "-", "-", "-", "0", "-", "-"]
    assert table_row(arm(final={"val_accuracy": {**nothing, "mean": 0.5}}), "val_accuracy")[4:6] == ["0.5000", "-"]
