from collections.abc import Sequence
from typing import Any

import pytest

from bn_models.spec import TrainingSpec
from bn_models.statistics.runs import Run
from service.analysis.study_conditions import conditions, looks_taken

TABLE = {"name": "own", "sha256": "0" * 64, "row_shape": [2], "labels": [0, 1], "train_rows": 80, "test_rows": 20}


def spec(dataset: dict[str, Any], **fields: Any) -> TrainingSpec:
    return TrainingSpec.model_validate({"dataset": dataset, **fields})


@pytest.mark.parametrize(
    ("planned", "sizes", "active", "taken", "left"),
    [
        # without a plan: what there is now, and what there was before the study grew
        (None, [10], [], [10], []),
        (None, [10, 60], [], [10, 60], []),
        (None, [10], [3, 3, 9], [8], []),
        (None, [10, 20], [12, 15], [10, 18], []),
        (None, [10, 20], range(20), [], []),
        # with one: the last look whose seeds have all ended
        ([10, 20, 40], [40], [], [10, 20, 40], [10, 20, 40]),
        ([10, 20, 40], [40], [20], [10, 20], [10, 20, 40]),
        ([10, 20, 40], [40], [39, 19], [10], [10, 20, 40]),
        ([10, 20, 40], [40], [9], [], [10, 20, 40]),
        # past its last look it is a study without a plan
        ([10, 20], [20, 30], [], [10, 20, 30], []),
        ([10, 20], [20, 30], [25], [10, 20, 29], []),
    ],
)
def test_looks_are_where_results_could_be_seen(
    planned: list[int] | None, sizes: list[int], active: Sequence[int], taken: list[int], left: list[int]
) -> None:
    assert looks_taken(planned, sizes, active) == (taken, left)


@pytest.mark.parametrize(
    ("dataset", "metric", "overlap"),
    [
        (TABLE, "val_accuracy", 0.0),
        ({**TABLE, "resample": True}, "val_accuracy", 20 / 80),
        ({**TABLE, "resample": True, "validation_fraction": 0.5}, "test_accuracy", 20 / 40),
        ({**TABLE, "resample": True, "validation_fraction": 0.5}, "val_accuracy", 40 / 40),
        ({"name": "circles", "resample": True}, "val_accuracy", 0.0),
        ({"name": "digits", "resample": True}, "val_loss", 359 / 1438),
        ({"name": "mnist", "resample": True}, "val_loss", 1 / 6),
    ],
)
def test_splits_of_one_table_overlap(dataset: dict[str, Any], metric: str, overlap: float) -> None:
    found = conditions([spec(dataset)], metric, [], [], [])
    assert found.overlap == pytest.approx(overlap)
    assert found.split == ("a seed" if dataset.get("resample") else "one")


def test_where_arms_differ_the_fewest_rows_and_the_largest_overlap_are_said() -> None:
    arms = [spec({**TABLE, "resample": True, "validation_fraction": part}) for part in (0.5, 0.25)]
    found = conditions([*arms, spec({"name": "circles"})], "test_accuracy", [], [], [])
    assert (found.test_rows, found.validation_rows, found.overlap, found.split) == (20, 0, 20 / 40, "one")


@pytest.mark.parametrize(
    ("dataset", "stopping", "selected"),
    [
        ({"name": "circles"}, None, False),
        ({"name": "circles"}, {"monitor": "val_loss", "restore_best": False}, True),
        ({"name": "circles"}, {"monitor": "loss"}, False),
        ({"name": "circles", "validation_fraction": 0.2}, {"monitor": "val_accuracy"}, False),
    ],
)
def test_an_epoch_that_test_rows_chose_is_said(dataset: dict[str, Any], stopping: Any, selected: bool) -> None:
    arms = [spec({"name": "circles"}), spec(dataset, early_stopping=stopping)]
    assert conditions(arms, "val_accuracy", [], [], []).selected_on_test == selected


def test_runs_that_did_not_come_to_their_end_are_counted() -> None:
    runs = [Run(0, {}), Run(1, {}, failed=True), Run(2, {}, cancelled=True), Run(3, {}, cancelled=True)]
    found = conditions([spec(TABLE)], "val_accuracy", runs, [4], [4, 8])
    assert (found.failed, found.cancelled, found.looks, found.planned) == (1, 2, (4,), (4, 8))
