"""The charts of a report: what is drawn, not how it looks."""

import io
from typing import Any

import matplotlib.image
import pytest

from service.analysis.chart_rendering import colors_of, html_chart, png, title
from service.analysis.study_data import StudyData
from service.presets.catalog import preset
from tests.support.study_data import study_of_arms


def study(arms: int, **fields: Any) -> StudyData:
    return study_of_arms([{"steps_per_epoch": None} for _ in range(arms)], **fields)


def comparison(arms: int, values: list[float | None], label: str = "arm") -> dict[str, Any]:
    curve = {"mean": values, "low": [None for _ in values], "high": [None for _ in values]}
    curves = {"epoch": list(range(1, len(values) + 1)), "val_accuracy": curve}
    conditions = {
        "split": "one",
        "test_rows": 500,
        "validation_rows": 0,
        "selected_on_test": False,
        "looks": [],
        "planned": [],
        "failed": 0,
        "cancelled": 0,
    }
    return {
        "metric": "val_accuracy",
        "conditions": conditions,
        "arms": [{"label": f"{label} {i}", "curves": curves} for i in range(arms)],
    }


def size(image: bytes) -> tuple[int, int]:
    height, width, _ = matplotlib.image.imread(io.BytesIO(image), format="png").shape
    return width, height


@pytest.mark.parametrize("arms", [1, 10, 16, 40])
def test_no_two_arms_have_the_same_color(arms: int) -> None:
    assert len(set(colors_of(arms))) == arms


def test_the_legend_of_many_long_labels_takes_room_of_its_own() -> None:
    label = "placement=before_activation, learning_rate=0.001, activation=relu"
    few, many = (png(study(arms), comparison(arms, [0.5, 0.6], label)) for arms in (2, 16))
    assert size(few)[0] == size(many)[0]
    assert size(many)[1] > size(few)[1] + 200


def test_one_epoch_is_a_point() -> None:
    assert '"mode":"markers"' in html_chart(study(1), comparison(1, [0.5]))
    assert '"mode":"markers"' not in html_chart(study(1), comparison(1, [0.5, 0.6]))


def test_a_chart_of_nothing_says_so() -> None:
    page = html_chart(study(1), comparison(1, [None, None]))
    assert "val_accuracy (no finite value)" in page
    assert "val_accuracy (no finite value)" not in html_chart(study(1), comparison(1, [None, 0.5]))


def test_names_are_no_formulas() -> None:
    assert png(study(1, name=r"5 $\bad$"), comparison(1, [0.5], label=r"$\bad$")).startswith(b"\x89PNG")


def test_titles() -> None:
    assert title(study(1, name="mine")) == "mine"
    assert title(study(1, preset=preset("lstm-rows"))) == preset("lstm-rows").title
    assert title(study(1)) == "Study a1"
