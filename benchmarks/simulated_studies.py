"""Small studies whose truth is known, and what comes of comparing them.

A run has a final value, ``test_score``, and a time to the threshold, when its curve ``val_score`` rises from 0 to 1;
both are the sum of a part that all runs of a seed share and of one of its own, whose sd is the unit of all differences.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.statistics.comparison import Comparison
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run

Floats = NDArray[np.float64]
Rates = Mapping[str, float]
"""Shares of studies, by what is counted."""
EPOCHS = 60
QUESTION = Question(metric="test_score", threshold=0.5)
FINAL_ONLY = Question(metric="test_score", threshold=None)
CLAIMS = re.compile(
    r" (higher|lower|sooner|later|more often|less often),| scatter |diverged [^;]*\(adjusted|larger than"
)
"""In a finding that says more than figures."""


def noise(kind: str, rng: np.random.Generator, size: int | tuple[int, ...]) -> Floats:
    """Of mean 0 and sd 1."""
    return rng.standard_normal(size) if kind == "normal" else rng.exponential(size=size) - 1.0


def finals(kind: str, rng: np.random.Generator, arms: int, seeds: int) -> Floats:
    return noise(kind, rng, seeds) + noise(kind, rng, (arms, seeds))


def times(kind: str, rng: np.random.Generator, arms: int, seeds: int) -> Floats:
    """In epochs; those beyond the last one are never reached."""
    return np.asarray(20 * np.exp(0.2 * finals(kind, rng, arms, seeds)), dtype=np.float64)


def study(
    values: Floats, reached: Floats | None = None, settings: Sequence[Mapping[str, Any]] | None = None,
    diverged: Floats | None = None,
) -> list[ArmRuns]:  # fmt: skip
    """``values``, ``reached`` and ``diverged`` (arms, seeds): final values, epochs to the threshold, and 0 or 1."""
    found = []
    for i, row in enumerate(values):
        of_arm = settings[i] if settings else {"arm": i}
        curves = [
            {} if reached is None else {"val_score": _curve(time)} for time in (row if reached is None else reached[i])
        ]
        ends = [None if diverged is None or not one else 1 for one in (row if diverged is None else diverged[i])]
        runs = [
            Run(seed, curves[seed], ends[seed], final={"test_score": float(value)}) for seed, value in enumerate(row)
        ]
        found.append(ArmRuns(", ".join(f"{name}={value}" for name, value in of_arm.items()), of_arm, runs))
    return found


def first_seeds(arms: Sequence[ArmRuns], seeds: int) -> list[ArmRuns]:
    return [ArmRuns(arm.label, arm.settings, arm.runs[:seeds]) for arm in arms]


def _curve(time: float) -> list[float]:
    return [float(epoch >= time) for epoch in range(1, EPOCHS + 1)]


def adjusted(found: Any) -> Iterator[float]:
    """Every ``p_adjusted`` of an answer."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "p_adjusted" and value is not None:
                yield value
            else:
                yield from adjusted(value)
    elif isinstance(found, list):
        for value in found:
            yield from adjusted(value)


def any_finding(found: Comparison) -> bool:
    return any(p <= 0.05 for p in adjusted(asdict(found)))


def any_claim(found: Comparison) -> bool:
    return any(CLAIMS.search(arm.finding) for arm in found.arms)


def raw(found: Comparison) -> list[float]:
    """p of the tests of final values and speed-ups, each by itself."""
    pairs = [arm.against_baseline for arm in found.arms if arm.against_baseline]
    return [p for pair in pairs for p in (pair.final.p, pair.speedup.p) if p is not None]


def covers(bounds: Any, truth: float) -> bool:
    low, high = (getattr(bounds, end) for end in ("low", "high"))
    return (low is None or low <= truth) and (high is None or truth <= high)


def share(of: Sequence[bool]) -> float:
    return float(np.mean(of))
