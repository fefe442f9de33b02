"""How often a comparison finds what is not there, and what is: simulated studies through the real statistics.

``python -m benchmarks.false_findings`` prints a row a claim, in about five minutes; ``--studies 200`` is quicker.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bn_models.statistics.comparison import Comparison, compare
from bn_models.statistics.conditions import Conditions
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, Run

EPOCHS = 30
LEVEL = 0.05
Draw = Callable[..., Floats]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """``share`` of ``studies`` in which something was found, or an interval covered the truth."""

    claim: str
    studies: int
    share: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return self.low <= self.share <= self.high


def noise(rng: np.random.Generator, kind: str) -> Draw:
    return (lambda *shape: rng.normal(size=shape)) if kind == "normal" else (lambda *shape: rng.exponential(size=shape))


def study(
    draw: Draw, arms: int, seeds: int, effect: float = 0.0, scale: float = 1.0, *, factor: Sequence[float] = ()
) -> list[ArmRuns]:
    """Final values and times with a part that the arms of a seed share; all arms but the first are ``effect`` standard
    deviations of a run higher, the last one scatters ``scale`` times as much. ``factor``: values of a learning rate
    that each arm is run at."""
    deviation = float(np.sqrt(2.0))
    shared, shared_pace = draw(seeds), draw(seeds)
    found = []
    for arm in range(arms):
        for value in factor or (None,):
            own = draw(seeds) * (scale if arm == arms - 1 else 1.0)
            final = shared + own + (effect * deviation if arm else 0.0)
            times = np.clip(np.round(np.exp(0.3 * (shared_pace + draw(seeds))) * 6), 1, EPOCHS + 1)
            runs = [_run(seed, final[seed], int(times[seed])) for seed in range(seeds)]
            settings = {"arm": arm} | ({} if value is None else {"learning_rate": value})
            found.append(ArmRuns(", ".join(f"{name}={value}" for name, value in settings.items()), settings, runs))
    return found


def _run(seed: int, final: float, time: int) -> Run:
    curve = [0.0] * (time - 1) + [1.0] * (EPOCHS - time + 1)
    return Run(seed, {"val_score": curve}, final={"val_score": float(final)})


QUESTION = Question("val_score", 0.8)


def finds(comparison: Comparison, *, level: float = LEVEL, raw: bool = False) -> bool:
    """Whether any test of the arms against their baselines rejects; ``raw``: uncorrected."""
    for arm in comparison.arms:
        if (against := arm.against_baseline) is None:
            continue
        tests = (against.final, against.speedup)
        p = [test.p if raw else test.p_adjusted for test in tests]
        if not raw:
            p += [against.spread.p_adjusted, against.diverged.p_adjusted if against.diverged else None]
        if any(value is not None and value <= level for value in p):
            return True
    return False


def share(studies: int, found: Callable[[], bool]) -> float:
    return float(np.mean([found() for _ in range(studies)]))


def null_studies(studies: int, seed: int = 1) -> Iterator[Row]:
    for arms in (3, 5):
        for kind in ("normal", "exponential"):
            draw = noise(np.random.default_rng(seed), kind)
            found = share(studies // 2, partial(_of_equal_arms, draw, arms))
            yield Row(f"equal arms, {arms} arms of 10 seeds, {kind}", studies // 2, found, 0.035, 0.06)
        draw = noise(np.random.default_rng(seed), "normal")
        found = share(studies // 2, partial(_of_equal_arms, draw, arms, raw=True))
        yield Row(f"WRONG: the same without correction, {arms} arms", studies // 2, found, 0.08, 1.0)


def power(studies: int, seed: int = 2) -> Iterator[Row]:
    """Science asks for at least these; an effect of two standard deviations of one run."""
    for arms, seeds, least in ((3, 8, 0.40), (3, 10, 0.66), (3, 20, 0.97), (5, 8, 0.31), (5, 10, 0.55)):
        draw = noise(np.random.default_rng(seed), "normal")

        found = share(studies // 4, partial(_of_an_effect, draw, arms, seeds))
        yield Row(
            f"an effect of 2 sd of one run is found, {arms} arms of {seeds} seeds", studies // 4, found, least, 1.0
        )


def _of_equal_arms(draw: Draw, arms: int, *, raw: bool = False) -> bool:
    return finds(compare(study(draw, arms, 10), 0, QUESTION), raw=raw)


def _of_an_effect(draw: Draw, arms: int, seeds: int) -> bool:
    against = compare(study(draw, arms, seeds, effect=np.sqrt(2.0)), 0, QUESTION).arms[1].against_baseline
    return against is not None and (against.final.p_adjusted or 1.0) <= LEVEL


def looks(studies: int, seed: int = 3) -> Iterator[Row]:
    at = (10, 20, 40)

    def first(arms: list[ArmRuns], seeds: int) -> list[ArmRuns]:
        return [ArmRuns(arm.label, arm.settings, arm.runs[:seeds]) for arm in arms]

    def planned(draw: Draw) -> bool:
        arms = study(draw, 3, at[-1])
        conditions = (Conditions(looks=at[: i + 1], planned=at) for i in range(len(at)))
        return any(
            finds(compare(first(arms, seeds), 0, QUESTION, condition))
            for seeds, condition in zip(at, conditions, strict=True)
        )

    def unplanned(draw: Draw) -> bool:
        arms = study(draw, 3, at[-1])
        return any(finds(compare(first(arms, seeds), 0, QUESTION)) for seeds in at)

    draw = noise(np.random.default_rng(seed), "normal")
    yield Row(
        "planned looks at 10, 20 and 40 seeds", studies // 4, share(studies // 4, lambda: planned(draw)), 0.0, 0.06
    )
    said = compare(study(draw, 3, 40), 0, QUESTION, Conditions(looks=at)).conditions["chance_of_a_false_finding"]
    found = share(studies // 4, lambda: unplanned(draw))
    yield Row(f"WRONG: unplanned looks, which say {said:.3f}", studies // 4, found, said - 0.04, said + 0.04)


def questions(studies: int, seed: int = 4) -> Iterator[Row]:
    def of_interactions(draw: Draw) -> bool:
        arms = study(draw, 2, 10, factor=(0.1, 0.01, 0.001))
        found = compare(arms, [None] * 3 + [0, 1, 2], Question("val_score", None, interaction="learning_rate"))
        return any((one["p_adjusted"] or 1.0) <= LEVEL for one in found.interactions)

    def of_tuned(draw: Draw) -> bool:
        arms = study(draw, 3, 12, factor=(1.0, 0.3, 0.1, 0.03, 0.01))
        baselines = [None] * 5 + list(range(5)) * 2
        found = compare(arms, baselines, Question("val_score", None, tune="learning_rate"))
        against = [one.against_baseline["final"] for one in found.tuned if one.against_baseline]
        return any((one.p_adjusted or 1.0) <= LEVEL for one in against)

    def at_the_margin(draw: Draw) -> bool:
        """The true difference is the margin: to call it equivalent is wrong."""
        margin = 0.5 * float(np.sqrt(2.0))
        found = compare(study(draw, 2, 12, effect=0.5), 0, Question("val_score", None, margin=margin))
        against = found.arms[1].against_baseline
        return (
            against is not None
            and against.final.equivalent is not None
            and against.final.equivalent.verdict == "equivalent"
        )

    for kind in ("normal", "exponential"):
        for name, found in (
            ("interactions", of_interactions),
            ("tuned arms", of_tuned),
            ("equivalence at the margin", at_the_margin),
        ):
            draw = noise(np.random.default_rng(seed), kind)
            yield Row(f"{name}, {kind}", studies // 4, share(studies // 4, partial(found, draw)), 0.0, 0.06)


def coverage(studies: int, seed: int = 5) -> Iterator[Row]:
    covered: dict[str, list[bool]] = {}
    rng = np.random.default_rng(seed)
    for _ in range(studies // 2):
        arms = compare(study(noise(rng, "normal"), 2, 12, effect=1.0, scale=2.0), 0, QUESTION).arms
        against = arms[1].against_baseline
        assert against is not None
        # Of the sums of a shared part and an own one: standard deviations sqrt(2) and sqrt(5).
        for name, one, truth in (
            ("mean", arms[0].final["val_score"], 0.0),
            ("difference", against.final, float(np.sqrt(2.0))),
            ("ratio of spreads", against.spread, float(np.sqrt(2.5))),
            ("speed-up", against.speedup, 1.0),
        ):
            covered.setdefault(name, []).append(_covers(one, truth))
    for name, found in covered.items():
        yield Row(
            f"the interval of the {name} covers it",
            len(found),
            float(np.mean(found)),
            0.93,
            0.97 if name != "speed-up" else 1.0,
        )


def _covers(one: Any, truth: float) -> bool:
    """An end that is None is open."""
    low, high = (-np.inf if one.low is None else one.low), (np.inf if one.high is None else one.high)
    return bool(low <= truth <= high)


ROWS, TEST_ROWS, FEATURES = 150, 30, 4


def resampled(studies: int, seed: int = 6) -> Iterator[Row]:
    """Two learners on 20 splits of a table of 150 rows: the nearest centroid, and one that ignores half of the
    features. The truth is the difference over 4,000 tables, each with one split."""
    rng = np.random.default_rng(seed)
    conditions = Conditions(split="a seed", overlap=TEST_ROWS / (ROWS - TEST_ROWS))
    truth = float(np.mean([_difference(*_table(rng), rng) for _ in range(4000)]))
    for name, condition, low, high in (
        ("the interval of a difference over 20 splits of one table covers it", conditions, 0.93, 0.97),
        ("WRONG: the same without overlap", Conditions(split="a seed"), 0.0, 0.9),
    ):
        rng = np.random.default_rng(seed + 1)
        found = []
        for _ in range(studies // 8):
            x, y = _table(rng)
            pairs = [_accuracies(x, y, rng) for _ in range(20)]
            arms = [
                ArmRuns(label, {}, [Run(i, {}, final={"val_score": pair[k]}) for i, pair in enumerate(pairs)])
                for k, label in enumerate("ab")
            ]
            against = compare(arms, 0, Question("val_score", None), condition).arms[1].against_baseline
            found.append(against is not None and _covers(against.final, truth))
        yield Row(name, len(found), float(np.mean(found)), low, high)


def _table(rng: np.random.Generator) -> tuple[Floats, Floats]:
    y = rng.permutation(np.arange(ROWS) % 2).astype(float)
    return rng.normal(size=(ROWS, FEATURES)) + y[:, None] * np.array([0.8, 0.5, 0.3, 0.3]), y


def _accuracies(x: Floats, y: Floats, rng: np.random.Generator) -> tuple[float, float]:
    order = rng.permutation(ROWS)
    train, test = order[TEST_ROWS:], order[:TEST_ROWS]
    few, all_of_them = (_accuracy(x[:, :used], y, train, test) for used in (FEATURES // 2, FEATURES))
    return few, all_of_them


def _accuracy(x: Floats, y: Floats, train: Places, test: Places) -> float:
    centers = [x[train][y[train] == label].mean(axis=0) for label in (0, 1)]
    nearer = ((x[test] - centers[0]) ** 2).sum(axis=1) > ((x[test] - centers[1]) ** 2).sum(axis=1)
    return float((nearer == y[test]).mean())


def _difference(x: Floats, y: Floats, rng: np.random.Generator) -> float:
    first, second = _accuracies(x, y, rng)
    return second - first


Part = Callable[[int], Iterator[Row]]
PARTS: tuple[Part, ...] = (null_studies, power, looks, questions, coverage, resampled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000)
    studies = parser.parse_args().studies
    console = Console()
    for part in PARTS:
        for row in part(studies):
            verdict = "" if row.holds else "   <- out of bounds"
            bounds = f"({row.low:.3f} to {row.high:.3f}, {row.studies} studies)"
            console.print(f"{row.share:7.3f}  {bounds}  {row.claim}{verdict}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
