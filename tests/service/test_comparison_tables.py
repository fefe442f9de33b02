"""What a comparison says in lines and tables, made by the statistics themselves."""

from dataclasses import asdict, replace
from typing import Any

import pytest

from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns
from service import comparison_tables
from tests.support.comparisons import CONDITIONS, comparison, one_run


def test_the_table_of_arms_has_what_was_asked() -> None:
    table = comparison_tables.arms(comparison())
    assert table.headers == [
        "arm", "runs", "diverged", "final val_accuracy", "sd", "largest class's share", "difference from baseline",
        "p, corrected", "epochs to 0.75", "reached", "times faster", "p of it, corrected",
    ]  # fmt: skip
    baseline, other = (dict(zip(table.headers, table.rows[i], strict=True)) for i in (0, 3))
    assert (baseline["arm"], baseline["runs"]) == ("placement=none, learning_rate=0.1", "10")
    assert (baseline["difference from baseline"], baseline["p, corrected"]) == ("-", "-")
    assert (baseline["epochs to 0.75"], baseline["reached"]) == ("not reached", "0")
    assert other["difference from baseline"].startswith("+0.1000")
    assert (other["epochs to 0.75"], other["reached"], other["largest class's share"]) == ("2", "10", "0.5500")
    margins = comparison_tables.arms(comparison(Question(threshold=None, margin=0.3), cancelled=True))
    assert {"cancelled", "within ± 0.3"} < set(margins.headers)
    assert not {"reached", "failed"} & set(margins.headers)
    assert dict(zip(margins.headers, margins.rows[3], strict=True))["within ± 0.3"].startswith("equivalent (p ")


def test_a_narrow_terminal_has_the_same_figures() -> None:
    table = comparison_tables.brief_arms(comparison())
    assert table.headers == ["arm", "final\nval_accuracy", "difference", "epochs\nto 0.75"]
    assert (table.rows[0][2], table.rows[3][3]) == ("baseline", "2\n10 of 10 runs")
    assert table.rows[3][2].splitlines() == ["+0.100", "+0.100 to +0.100", "p = 0.002"]
    assert comparison_tables.brief_arms(comparison(Question(threshold=None))).headers[-1] == "runs"


def test_a_threshold_that_some_runs_reach_but_fewer_than_half_and_an_arm_without_runs() -> None:
    some = comparison(Question(threshold=0.7015))
    few = dict(zip(comparison_tables.arms(some).headers, comparison_tables.arms(some).rows[0], strict=True))
    assert (few["epochs to 0.7015"], few["reached"]) == ("not by half", "3")
    empty = {**asdict(compare([ArmRuns("none", {}, [])], 0, Question(), CONDITIONS)), "interaction": None, "tune": None}
    [row] = comparison_tables.arms(empty).rows
    assert row == ["none", "0", "0", "-", "-", "-", "-", "-", "0", "-", "-"]


def test_tuned_arms_say_what_was_chosen_and_where_the_grid_ends() -> None:
    [table] = comparison_tables.tables(comparison(Question(threshold=None, margin=0.005, tune="learning_rate")))
    assert table.title == "Each arm at its own best learning_rate"
    none, after = (dict(zip(table.headers, row, strict=True)) for row in table.rows)
    assert (none["arm"], none["best learning_rate"], none["chosen"]) == ("placement=none", "0.001", "0.001: 10")
    assert (after["best learning_rate"], after["largest good learning_rate"]) == ("0.1", "0.1 (0.1 to 0.1)")
    assert after["difference from baseline"].startswith("+0.0600")
    assert after["expected best of 1, 2, 3 tried"].endswith("0.8009")
    assert table.notes[:2] == [
        "The best learning_rate of arm placement=none is the smallest of the grid: widen it.",
        "The best learning_rate of arm placement=after_activation is the largest of the grid: widen it.",
    ]


def test_interactions_are_changes_of_a_difference() -> None:
    [table] = comparison_tables.tables(comparison(Question(interaction="learning_rate")))
    assert [row[:2] for row in table.rows] == [
        ["placement=after_activation, learning_rate=0.01", "0.1 → 0.01"],
        ["placement=after_activation, learning_rate=0.001", "0.1 → 0.001"],
    ]
    assert table.rows[0][2].startswith("-0.0700")


@pytest.mark.parametrize("question", [Question(tune="learning_rate"), Question(interaction="learning_rate")])
def test_what_has_no_answer_says_so(question: Question) -> None:
    lone = compare([ArmRuns("none", {"learning_rate": 0.1}, [one_run(0, 0.7)])], 0, question)
    asked = {"interaction": question.interaction, "tune": question.tune}
    [table] = comparison_tables.tables({**asked, **asdict(lone)})
    assert table.rows == []
    assert len(table.notes) == 1


def test_claims_stand_with_their_verdicts() -> None:
    first, second = (f"placement={at}, learning_rate=0.1" for at in ("none", "after_activation"))
    claims = [
        Claim("it helps", "a paper", second, first, "val_accuracy", "higher"),
        Claim("it hurts", None, second, first, "val_accuracy", "lower"),
    ]
    [table] = comparison_tables.tables(comparison(claims=claims))
    assert [row[:3] for row in table.rows] == [["it helps", "a paper", "supported"], ["it hurts", "-", "contradicted"]]
    assert all("0.801 against 0.701" in row[3] for row in table.rows)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "One split, 1500 test rows, on which val_accuracy is measured: what is found is found on these rows."),
        ({"validation_rows": 300}, "1500 test rows and 300 validation rows, on which val_accuracy is measured"),
        ({"split": "a seed"}, "Every seed has rows of its own (1500 test rows, on which val_accuracy is measured)."),
        ({"split": "a seed", "overlap": 0.25}, "allow for the rows that splits share"),
        ({"selected_on_test": True}, "chosen by the rows that are reported here"),
        ({"planned": (10, 20, 40)}, "looks planned at 10, 20, 40 seeds share the 5 % of false findings"),
        ({"looks": (5, 10)}, "looked at with 5, 10 seeds, which was not planned: the chance of a false finding is"),
        ({"cancelled": 1, "failed": 2}, "2 runs failed and in none of these figures; 1 run cancelled and in none"),
    ],
)
def test_conditions_are_one_line(changes: dict[str, Any], said: str) -> None:
    assert said in comparison_tables.conditions(comparison(conditions=replace(CONDITIONS, **changes)))
    assert comparison_tables.conditions(comparison(conditions=Conditions())) == ""
