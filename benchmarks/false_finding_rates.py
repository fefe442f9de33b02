"""What is counted over many studies: each function makes ``studies`` of them and gives shares."""

from typing import Any

import numpy as np

from benchmarks.simulated_studies import (
    FINAL_ONLY,
    QUESTION,
    Rates,
    adjusted,
    any_claim,
    any_finding,
    covers,
    finals,
    first_seeds,
    noise,
    raw,
    share,
    study,
    times,
)
from bn_models.statistics.comparison import compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Run

LOOKS = (10, 20, 40)


def null(studies: int, rng: np.random.Generator, arms: int, seeds: int, kind: str) -> Rates:
    """No arm differs."""
    found = [
        compare(study(finals(kind, rng, arms, seeds), times(kind, rng, arms, seeds)), 0, QUESTION)
        for _ in range(studies)
    ]
    return {
        "any finding": share([any_finding(one) for one in found]),
        "any sentence that claims": share([any_claim(one) for one in found]),
        "wrong variant, no correction: any finding": share([min(raw(one)) <= 0.05 for one in found]),
    }


def power(studies: int, rng: np.random.Generator, arms: int, seeds: int, kind: str, difference: float) -> Rates:
    """One arm's final values are ``difference`` higher; how often the test of it finds that."""
    ours, holm = [], []
    for _ in range(studies):
        values = finals(kind, rng, arms, seeds)
        values[1] += difference
        one = compare(study(values, times(kind, rng, arms, seeds)), 0, QUESTION)
        against = one.arms[1].against_baseline
        assert against is not None
        assert against.final.p_adjusted is not None
        ours.append(against.final.p_adjusted <= 0.05)
        alone = raw(one)  # the first is that arm's final test
        holm.append(all(p * (len(alone) - i) <= 0.05 for i, p in enumerate(sorted(alone)) if p <= alone[0]))
    return {"found": share(ours), "found by Holm's correction": share(holm)}


def planned_looks(studies: int, rng: np.random.Generator, kind: str) -> Rates:
    found = []
    for _ in range(studies):
        arms = study(finals(kind, rng, 3, LOOKS[-1]), times(kind, rng, 3, LOOKS[-1]))
        at = [
            any_finding(compare(first_seeds(arms, size), 0, QUESTION, Conditions(looks=LOOKS[: i + 1], planned=LOOKS)))
            for i, size in enumerate(LOOKS)
        ]
        found.append(any(at))
    return {"any finding at any look": share(found)}


def unplanned_looks(studies: int, rng: np.random.Generator, kind: str) -> Rates:
    found, said = [], []
    for _ in range(studies):
        arms = study(finals(kind, rng, 3, LOOKS[-1]), times(kind, rng, 3, LOOKS[-1]))
        at = [
            compare(first_seeds(arms, size), 0, QUESTION, Conditions(looks=LOOKS[: i + 1]))
            for i, size in enumerate(LOOKS)
        ]
        found.append(any(any_finding(one) for one in at))
        said.append(at[-1].conditions["chance_of_a_false_finding"])
    return {"any finding at any look": share(found), "the chance that is said, on average": float(np.mean(said))}


def grid(arms: int, rates: int) -> tuple[list[dict[str, Any]], list[int | None]]:
    """Settings of arms times learning rates, and baselines: the first arm at the same rate."""
    settings = [{"norm": arm, "learning_rate": 10.0 ** (rate - 4)} for arm in range(arms) for rate in range(rates)]
    return settings, [None if i < rates else i % rates for i in range(arms * rates)]


def interaction(studies: int, rng: np.random.Generator, seeds: int, kind: str, main_effect: float) -> Rates:
    """Two arms at three rates; their difference is ``main_effect`` at each."""
    settings, baselines = grid(2, 3)
    question = Question(metric="test_score", threshold=0.5, interaction="learning_rate")
    anything, between = [], []
    for _ in range(studies):
        values = finals(kind, rng, 6, seeds)
        values[3:] += main_effect
        one = compare(study(values, times(kind, rng, 6, seeds), settings), baselines, question)
        anything.append(any_finding(one))
        between.append(any(p <= 0.05 for p in adjusted(one.interactions)))
    return {"an interaction": share(between)} | ({} if main_effect else {"any finding": share(anything)})


def tuning(studies: int, rng: np.random.Generator, seeds: int, kind: str, difference: float = 0.0) -> Rates:
    """Three arms at five rates of which the middle one is best; the arms after the first are ``difference`` better."""
    settings, baselines = grid(3, 5)
    question = Question(metric="test_score", threshold=None, tune="learning_rate")
    of_rates = np.tile([-1.0, -0.3, 0.0, -0.3, -1.0], 3)[:, None]
    anything, between, covered = [], [], []
    for _ in range(studies):
        values = finals(kind, rng, 15, seeds) + of_rates
        values[5:] += difference
        validation = values + noise(kind, rng, (15, seeds))
        arms = [
            ArmRuns(
                arm.label,
                arm.settings,
                [
                    Run(run.seed, {"val_score": [chosen]}, final=run.final)
                    for run, chosen in zip(arm.runs, row.tolist(), strict=True)
                ],
            )
            for arm, row in zip(study(values, None, settings), validation, strict=True)
        ]
        one = compare(arms, baselines, question)
        tuned = [arm.against_baseline["final"] for arm in one.tuned if arm.against_baseline]
        anything.append(any_finding(one))
        between.append(any((final.p_adjusted or 0.0) <= 0.05 for final in tuned))
        covered += [covers(final, difference) for final in tuned]
    return {"the difference is covered": share(covered)} | (
        {} if difference else {"a tuned difference": share(between), "any finding": share(anything)}
    )


def equivalence(studies: int, rng: np.random.Generator, seeds: int, kind: str, of: str) -> Rates:
    """The true difference is the margin: a verdict "equivalent" is false."""
    margin, ratio = 0.5, 1.25
    question = Question(
        metric="test_score", threshold=0.5, margin=margin if of == "mean" else None,
        ratio_margin=ratio if of == "ratio" else None,
    )  # fmt: skip
    found = []
    for _ in range(studies):
        values, reached = finals(kind, rng, 2, seeds), times(kind, rng, 2, seeds)
        if of == "mean":
            values[1] += margin
        else:
            reached[1] *= ratio
        against = compare(study(values, reached), 0, question).arms[1].against_baseline
        assert against is not None
        said = against.final.equivalent if of == "mean" else against.speedup.equivalent
        found.append(said is not None and said.verdict == "equivalent")
    return {"called equivalent": share(found)}


def spread_and_diverged(studies: int, rng: np.random.Generator, seeds: int, kind: str) -> Rates:
    """Means that differ, so that their test is no competitor, but neither spread nor the share of diverged runs."""
    spreads, ends = [], []
    for _ in range(studies):
        values = finals(kind, rng, 2, seeds)
        values[1] += 4.0
        diverged = (noise("normal", rng, (2, seeds)) + noise("normal", rng, seeds) > 0.7).astype(float)
        against = compare(study(values, diverged=diverged), 0, FINAL_ONLY).arms[1].against_baseline
        assert against is not None
        assert against.diverged is not None
        spreads.append((against.spread.p_adjusted or 0.0) <= 0.05)
        ends.append(against.diverged.p_adjusted is not None and against.diverged.p_adjusted <= 0.05)
    return {"a difference in spread": share(spreads), "a difference in diverged runs": share(ends)}


def coverage(studies: int, rng: np.random.Generator, seeds: int) -> Rates:
    """Of the intervals of one arm against another: 1 higher, twice as spread, 1.3 times as fast, normal noise."""
    names = ("mean", "difference", "ratio of medians", "ratio of spreads")
    covered: dict[str, list[bool]] = {name: [] for name in names}
    for _ in range(studies):
        values, shared = noise("normal", rng, (2, seeds)), noise("normal", rng, seeds)
        values = np.array([values[0] + shared, 2 * (values[1] + shared) + 1.0])
        logs = 0.2 * finals("normal", rng, 2, seeds)
        reached = np.exp(logs) * [[26.0], [20.0]]
        one = compare(study(values, reached), 0, QUESTION).arms[1]
        against = one.against_baseline
        assert against is not None
        truths = (1.0, 1.0, 1.3, 2.0)
        bounds = (one.final["test_score"], against.final, against.speedup, against.spread)
        for name, interval, truth in zip(names, bounds, truths, strict=True):
            covered[name].append(covers(interval, truth))
    return {f"{name} is covered": share(column) for name, column in covered.items()}
