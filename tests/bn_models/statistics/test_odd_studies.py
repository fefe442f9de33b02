"""Studies that nobody plans: no exception, no NaN or infinity in the answer, and sentences that are true."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from bn_models.statistics.comparison import Comparison, compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns, Run
from tests.support.simulated_arms import arm

NAN, INF = float("nan"), float("inf")
WHOLE = Question(
    "val_accuracy", 0.8, margin=0.01, ratio_margin=1.25, interaction="learning_rate", tune="learning_rate"
)  # fmt: skip
DIFFERS = re.compile(r" (higher|lower|sooner|later)[ ,]| scatter ")


def rated(
    label: str, rate: float, *columns: Sequence[float | None], metric: str = "val_accuracy", diverged: int | None = None
) -> ArmRuns:
    settings = {"batch_norm.placement": label, "learning_rate": rate}
    runs = arm(label, *columns, metric=metric, diverged=diverged).runs
    return ArmRuns(f"placement={label}, learning_rate={rate:g}", settings, runs)


def grid(
    values: Sequence[Sequence[float | None]], metric: str = "val_accuracy", diverged: int | None = None
) -> list[ArmRuns]:
    """Two placements at two rates: (seeds,) final values of each."""
    places = [(label, rate) for label in ("none", "after") for rate in (0.1, 1.0)]
    return [
        rated(label, rate, *[[value] for value in column], metric=metric, diverged=diverged)
        for (label, rate), column in zip(places, values, strict=True)
    ]


def claims(arms: Sequence[ArmRuns]) -> list[Claim]:
    """Of every kind, about the first and the last arm, and about an arm and itself."""
    metrics = ("val_accuracy", "epochs_to_threshold", "spread", "diverged", "never_recorded", "accuracy_gap")
    return [
        Claim("it is so", None, one, arms[0].label, metric, verdict, margin)
        for one in {arms[0].label, arms[-1].label}
        for metric in metrics
        for verdict in ("higher", "lower", "equal")
        for margin in (None, 0.0, 0.01, 1e300)
    ]


def whole(arms: Sequence[ArmRuns], question: Question = WHOLE, conditions: Conditions = Conditions()) -> Comparison:  # noqa: B008
    baselines = [None if i < 2 else i - 2 for i in range(len(arms))]
    return compare(arms, baselines, question, conditions, claims(arms) if arms else ())


def check(found: Comparison) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(json.dumps(asdict(found), allow_nan=False))
    for one in found.arms:
        assert one.finding.endswith(".")
        assert len(one.headline) <= 80
    words = " ".join([one.finding for one in found.arms] + [claim.why for claim in found.claims])
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b", words), words
    assert "Holm" not in words
    assert found.headline.splitlines() == [one.headline for one in found.arms]
    return answer


def verdicts(found: Comparison) -> set[str]:
    return {claim.verdict for claim in found.claims}


RNG = np.random.default_rng(0)
SCATTER = RNG.normal(0.8, 0.01, (4, 12)).tolist()


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ([[]] * 4, {}),
        ([[0.5], [0.6], [0.7], [0.8]], {}),
        ([[0.5] * 12] * 4, {}),
        ([[0.5, 0.6] * 6] * 4, {}),
        ([[0.1] * 12] * 4, {"diverged": 1}),
        ([[NAN] * 12] * 4, {"metric": "val_loss", "diverged": 1}),
        ([SCATTER[0], SCATTER[1], [NAN] * 12, [NAN] * 12], {"metric": "val_loss"}),
        ([SCATTER[0], SCATTER[1][:3], SCATTER[2][:9], SCATTER[3][:1]], {}),
        ([SCATTER[0], [], SCATTER[2], SCATTER[3]], {}),
    ],
    ids=[
        "no runs", "one seed", "constant", "ties", "all diverged", "no finite loss", "NaN in an arm", "unequal numbers",
        "an arm without runs",
    ],
)  # fmt: skip
def test_where_there_is_no_difference_or_no_way_to_see_one_none_is_claimed(
    values: list[list[float]], options: dict[str, Any]
) -> None:
    metric = options.get("metric", "val_accuracy")
    found = whole(grid(values, **options), replace(WHOLE, metric=metric))
    check(found)
    assert not any(DIFFERS.search(one.finding) for one in found.arms)
    about = [claim for claim in found.claims if claim.verdict != "undecided"]
    assert all(claim.why.startswith("no difference larger than") for claim in about)


@pytest.mark.parametrize("size", [1e300, 1e-300, -1.0, -1e300])
@pytest.mark.parametrize("metric", ["score", "val_loss"])
def test_the_unit_changes_no_verdict(size: float, metric: str) -> None:
    arms = grid([[size * value for value in column] for column in SCATTER], metric)
    arms += [
        rated("shifted", rate, *[[2 * size * value] for value in SCATTER[i]], metric=metric)
        for i, rate in enumerate((0.1, 1.0))
    ]
    baselines = [None, None, 0, 1, 0, 1]
    question = Question(metric, None, margin=abs(size) / 10, tune="learning_rate", interaction="learning_rate")
    found = compare(arms, baselines, question, claims=claims(arms))
    check(found)
    for one in found.arms[4:]:
        assert one.against_baseline is not None
        assert f"final {metric} {'higher' if size > 0 else 'lower'}," in one.finding
        assert one.against_baseline.final.low is not None
        assert one.against_baseline.final.effect_size is not None
        assert (one.against_baseline.final.p_adjusted or 1.0) < 0.01


def test_the_largest_numbers_there_are() -> None:
    check(
        compare(
            grid([[1e308] * 6, [1e308, -1e308] * 3, [INF, 1.0] * 3, [-1e308] * 6], "score"), 0, Question("score", 1e308)
        )
    )


@pytest.mark.parametrize("margin", [0.0, 1e-300, 1e300])
def test_margins_of_nothing_and_of_everything(margin: float) -> None:
    found = whole(grid(SCATTER), replace(WHOLE, margin=margin, ratio_margin=1.0 + margin))
    check(found)
    for one in found.arms[2:]:
        assert one.against_baseline is not None
        assert one.against_baseline.final.equivalent is not None
        assert one.against_baseline.final.equivalent.verdict == ("equivalent" if margin == 1e300 else "undecided")


def test_metrics_that_nobody_or_one_arm_alone_recorded() -> None:
    arms = grid(SCATTER)
    arms[3] = ArmRuns(arms[3].label, arms[3].settings, [Run(i, {"other": [1.0]}) for i in range(12)])
    for metric in ("other", "never", "seconds", "learning_rate"):
        found = whole(arms, replace(WHOLE, metric=metric))
        check(found)
        assert not any(DIFFERS.search(one.finding) for one in found.arms)


def test_a_loss_that_is_nan_at_some_values_of_what_is_tuned() -> None:
    values = [[NAN] * 12, [0.5, NAN] * 6, SCATTER[2], SCATTER[3]]
    found = whole(grid(values, "val_loss"), replace(WHOLE, metric="val_loss"))
    none, after = check(found)["tuned"]
    assert none["best"] == 0.1  # nothing is finite on the whole, so the first is as good as any
    assert none["tolerance"] is None
    assert (
        after["against_baseline"]["final"]["difference"] is None
        or after["against_baseline"]["final"]["p_adjusted"] > 0.05
    )
    nothing = whole(grid([[NAN] * 12] * 4, "val_loss"), replace(WHOLE, metric="val_loss"))
    assert check(nothing)["tuned"] == []


def test_tuning_where_validation_rows_have_no_curve_chooses_by_what_there_is() -> None:
    arms = [
        ArmRuns(
            f"learning_rate={rate:g}",
            {"learning_rate": rate},
            [Run(i, {}, final={"test_accuracy": value + 0.01 * rate}) for i, value in enumerate(SCATTER[0])],
        )
        for rate in (0.1, 1.0)
    ]
    (one,) = check(compare(arms, [None, None], Question("test_accuracy", None, tune="learning_rate")))["tuned"]
    assert (one["best"], one["edge"], one["against_baseline"]) == (1.0, "largest", None)


def test_an_interaction_is_of_arms_whose_baselines_are_at_their_own_value() -> None:
    arms = grid([SCATTER[0], [value + 0.5 for value in SCATTER[1]], SCATTER[2], [value + 0.5 for value in SCATTER[3]]])
    (own,) = check(compare(arms, [None, None, 0, 1], WHOLE))["interactions"]
    assert own["arm"] == arms[3].label
    assert abs(own["difference"]) < 0.05
    assert check(compare(arms, 0, WHOLE))["interactions"] == []  # a main effect of the rate is no interaction
    arms[2] = ArmRuns("elsewhere", {"batch_norm.placement": "after"}, arms[2].runs)
    assert check(compare(arms, [None, None, 0, 1], WHOLE))["interactions"] == []


def test_before_the_first_planned_look_nothing_is_found_and_after_the_last_its_cost_is_said() -> None:
    arms = grid([SCATTER[0], SCATTER[1], [value + 1 for value in SCATTER[2]], [value + 1 for value in SCATTER[3]]])
    early = whole(arms, conditions=Conditions(planned=(20, 40)))
    check(early)
    assert verdicts(early) <= {"undecided"}
    assert "the first look is planned at 20 seeds, before which nothing is tested" in early.arms[2].finding
    assert not any(DIFFERS.search(one.finding) for one in early.arms)
    late = whole(arms, conditions=Conditions(planned=(4, 8), looks=(4, 8, 12)))
    check(late)
    assert late.conditions["chance_of_a_false_finding"] > 0.05
    assert "after unplanned looks at 4, 8, 12 seeds" in late.arms[2].finding


def test_percentages_have_intervals_around_their_mean() -> None:
    found = compare([arm("none", *[[80.0 + i] for i in range(6)])], 0).arms[0].final["val_accuracy"]
    assert found.low is not None
    assert found.high is not None
    assert found.mean is not None
    assert found.low < found.mean < found.high


def test_labels_and_metrics_of_any_length_leave_room_in_a_headline() -> None:
    label = "batch_norm.placement=after_activation, " * 9
    metric = "val_" + "very_" * 40 + "loss"
    arms = [
        arm("none", *[[1e250 * i] for i in range(9)], metric=metric),
        arm(label, *[[-1e250 * i] for i in range(9)], metric=metric),
    ]
    for one in (
        compare(arms, 0, Question(metric, None, margin=1.23456789e299)),
        compare(arms[::-1], 0, Question(metric, 1e99)),
    ):
        check(one)
