"""Whether an arm's difference from its baseline changes along a factor of the grid: differences of differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_models.statistics.conditions import Conditions
from bn_models.statistics.intervals import inflation, mean_interval, number
from bn_models.statistics.pairing import Pair
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, other_settings
from bn_models.statistics.sign_flips import Outcome, PairedTest


@dataclass(frozen=True)
class Interaction:
    """The arm labelled ``label`` has ``value`` of the factor where its counterpart has ``reference``, the factor's
    first value; ``test``: its difference from its baseline less that of the counterpart, by seed."""

    reference: Any
    value: Any
    label: str
    test: PairedTest


def interactions(
    arms: Sequence[ArmRuns], pairs: Sequence[Pair | None], baselines: Sequence[int | None], path: str,
    conditions: Conditions,
) -> list[Interaction]:  # fmt: skip
    """Of every arm that has a counterpart at the first value of ``path``, each compared with a baseline at its own."""
    alike = [
        pair
        if pair and b is not None and path in arm.settings and arms[b].settings.get(path) == arm.settings[path]
        else None
        for arm, pair, b in zip(arms, pairs, baselines, strict=True)
    ]
    having = [(i, arm) for i, arm in enumerate(arms) if path in arm.settings]
    first = next((arm.settings[path] for _, arm in having), None)
    places = {other_settings(arm.settings, path): i for i, arm in having if arm.settings[path] == first}
    found = []
    for i, arm in having:
        place, pair = places.get(other_settings(arm.settings, path)), alike[i]
        counterpart = None if place is None else alike[place]
        if pair is None or counterpart is None or place == i:
            continue
        seeds, mine, theirs = np.intersect1d(pair.finite_seeds, counterpart.finite_seeds, return_indices=True)
        values = (pair.final - pair.baseline_final)[mine] - (counterpart.final - counterpart.baseline_final)[theirs]
        test = PairedTest([int(seed) for seed in seeds], values, inflation=inflation(len(seeds), conditions.overlap))
        found.append(Interaction(first, arm.settings[path], arm.label, test))
    return found


def interaction_out(found: Interaction, outcome: Outcome | None, question: Question, conditions: Conditions) -> Any:
    """As the API's Comparison has it."""
    interval = mean_interval(found.test.values, question.confidence, conditions.overlap)
    return {
        "path": question.interaction, "from": found.reference, "to": found.value, "arm": found.label,
        "difference": number(interval.mean), "low": number(interval.low), "high": number(interval.high),
        "p_adjusted": outcome.p_adjusted if outcome else None,
    }  # fmt: skip
