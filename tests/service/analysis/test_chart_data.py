"""The lines of a report's charts."""

from typing import Any

import pytest

from service.analysis.chart_data import Line, panels
from service.analysis.study_data import StudyData
from tests.support.study_data import study_of_arms

CURVE: dict[str, Any] = {"mean": [0.5, 0.7], "low": [0.4, None], "high": [0.6, None]}
COMPARISON = {
    "metric": "val_accuracy",
    "arms": [{"curves": {"epoch": [1, 2], "val_accuracy": CURVE}}, {"curves": {"epoch": []}}],
}


def seen(epochs: list[int], shift: float = 0.0, **fields: Any) -> dict[str, Any]:
    """Diagnostics of a run with a hidden layer behind another one."""
    first, last = ({f"input_p{p}": [p + shift + at for _ in epochs] for p in (15, 50, 85)} for at in (0, 100))
    modes = {"training_mode_accuracy": [0.9 for _ in epochs], "inference_mode_accuracy": [0.5 for _ in epochs]}
    layers = [{"name": "dense_1", **first}, {"name": "bn"}, {"name": "dense_2", **last}, {"name": "lstm_1"}]
    return {"epoch": epochs, **modes, "layers": layers, **fields}


def study(steps: tuple[int | None, int | None] = (None, None), diagnostics: Any = ((), ())) -> StudyData:
    return study_of_arms([{"steps_per_epoch": count} for count in steps], diagnostics=diagnostics)


def test_curves_are_means_with_bands() -> None:
    accuracy, *others = panels(study(), COMPARISON)
    assert accuracy.title == "val_accuracy"
    assert accuracy.lines == [Line(0, [1, 2], CURVE["mean"], (CURVE["low"], CURVE["high"]))]
    assert [len(panel.lines) for panel in others] == [0, 0, 0]


@pytest.mark.parametrize(("steps", "x"), [((250, 250), [250, 500]), ((250, 100), [1, 2]), ((250, None), [1, 2])])
def test_arms_that_count_the_same_steps_are_drawn_against_steps(steps: tuple[int | None, int | None], x: Any) -> None:
    assert panels(study(steps), COMPARISON)[0].lines[0].x == x


def test_percentiles_of_the_last_layer_are_means_over_runs() -> None:
    inside = panels(study(diagnostics=([seen([1, 2]), seen([1], shift=4)], [])), COMPARISON)[4]
    assert [(line.arm, line.x, line.y, line.dashed) for line in inside.lines] == [
        (0, [1, 2], [117.0, 115.0], True),
        (0, [1, 2], [152.0, 150.0], False),
        (0, [1, 2], [187.0, 185.0], True),
    ]


def test_the_gap_between_modes_and_what_diverged() -> None:
    diverged = seen([1, 2], inference_mode_accuracy=[0.7, "NaN"])
    gap = panels(study((3, 3), ([], [diverged])), COMPARISON)[5]
    [line] = gap.lines
    assert (line.arm, line.x, line.dashed) == (1, [3, 6], False)
    assert line.y == [pytest.approx(0.2), None]


def test_epochs_are_those_of_any_run_in_their_order() -> None:
    runs = [seen([1, 9], inference_mode_accuracy=[0.4, "NaN"]), seen([1, 5, 9])]
    gap = panels(study(diagnostics=(runs, [])), COMPARISON)[5]
    [line] = gap.lines
    assert line.x == [1, 5, 9]
    assert list(line.y) == pytest.approx([0.45, 0.4, 0.4])


def test_runs_without_hidden_layers_have_no_percentiles() -> None:
    assert panels(study(diagnostics=([seen([1], layers=[])], [])), COMPARISON)[4].lines == []


@pytest.mark.parametrize(
    ("metric", "recorded", "drawn"),
    [
        ("val_loss", ["loss", "val_loss", "val_accuracy"], ["val_loss", "val_accuracy", "accuracy", "loss"]),
        ("test_accuracy", ["val_accuracy"], ["val_accuracy", "accuracy", "val_loss", "loss"]),
        ("test_mae", ["val_mae", "mae"], ["val_mae", "mae", "val_loss", "loss"]),
        ("train_accuracy", ["train_accuracy"], ["train_accuracy", "val_accuracy", "accuracy", "val_loss"]),
        ("accuracy_gap", [], ["val_accuracy", "accuracy", "val_loss", "loss"]),
    ],
)
def test_the_metric_that_is_asked_about_is_drawn_first(metric: str, recorded: list[str], drawn: list[str]) -> None:
    curves = {"epoch": [1, 2], **dict.fromkeys(recorded, CURVE)}
    assert [panel.title for panel in panels(study(), {"metric": metric, "arms": [{"curves": curves}]})] == drawn
