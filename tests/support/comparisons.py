"""Comparisons as the API answers them, made of numbers by the statistics themselves."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Claim, Question
from bn_models.statistics.runs import ArmRuns, Run

RATES, SEEDS = (0.1, 0.01, 0.001), range(10)
CONDITIONS = Conditions(test_rows=1500, split="one", looks=(10,))


def arms(cancelled: bool = False) -> list[ArmRuns]:
    """With batch normalization the large rate is best by a tenth; without, the small one is."""
    found = []
    for placement in ("none", "after_activation"):
        for rate in RATES:
            power = RATES.index(rate)
            level = 0.7 + (0.1 - 0.05 * power if placement != "none" else 0.02 * power)
            runs = [one_run(seed, level + 0.001 * (seed % 3)) for seed in SEEDS]
            runs[0] = replace(runs[0], cancelled=cancelled)
            settings = {"batch_norm.placement": placement, "learning_rate": rate}
            found.append(ArmRuns(f"placement={placement}, learning_rate={rate}", settings, runs))
    return found


def one_run(seed: int, value: float) -> Run:
    return Run(seed, {"val_accuracy": [value - 0.1, value]}, largest_class_share=0.55)


def comparison(
    question: Question = Question(threshold=0.75),  # noqa: B008 - frozen
    conditions: Conditions = CONDITIONS,
    claims: Sequence[Claim] = (),
    **made: Any,
) -> dict[str, Any]:
    asked = {"interaction": question.interaction, "tune": question.tune}
    return {
        "study_id": "a1",
        "partial": False,
        **asked,
        **asdict(compare(arms(**made), [None] * 3 + [0, 1, 2], question, conditions, claims)),
    }
