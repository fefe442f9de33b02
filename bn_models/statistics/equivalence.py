"""Whether two arms are the same but for a margin: two one-sided tests (Schuirmann 1987), by sign flips."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from bn_models.statistics.runs import Floats
from bn_models.statistics.sign_flips import Outcome


@dataclass(frozen=True)
class Equivalence:
    """``p_adjusted``: the larger one of the two one-sided tests. "undecided" is not difference."""

    margin: float
    p_adjusted: float
    verdict: Literal["equivalent", "undecided"]


def sides(differences: Floats, margin: float) -> dict[str, Floats]:
    """Values (seeds,) of the two tests: each has a positive mean where the difference is within the margin."""
    return {"above -margin": differences + margin, "below margin": margin - differences}


def ratio_sides(arm: Floats, baseline: Floats, margin: float) -> dict[str, Floats]:
    """The same for the ratio of two times, in signed ranks (Wilcoxon): a time beyond the horizon has a rank and no
    size. ``arm`` and ``baseline``: times of seeds of which one at least has a time."""
    return _ranked(np.log(arm) - np.log(baseline), float(np.log(margin)))


def time_sides(arm: Floats, baseline: Floats, margin: float) -> dict[str, Floats]:
    """The same for their difference, ``margin`` in epochs."""
    return _ranked(arm - baseline, margin)


def _ranked(differences: Floats, margin: float) -> dict[str, Floats]:
    return {
        name: np.sign(values) * stats.rankdata(np.abs(values)) for name, values in sides(differences, margin).items()
    }


def equivalence(outcomes: Mapping[str, Outcome], margin: float, alpha: float) -> Equivalence | None:
    """None where the tests were not done."""
    if len(outcomes) < 2:
        return None
    p = max(outcome.p_adjusted for outcome in outcomes.values())
    return Equivalence(margin, p, "equivalent" if p <= alpha else "undecided")
