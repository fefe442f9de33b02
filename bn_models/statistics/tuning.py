"""Arms at their own best value of a factor, chosen on some seeds and reported on others (cross-fitting).

The value that did best on one half of the seeds, by validation rows, is reported on the other half, by test rows where
there are any; then the halves are exchanged. No seed is reported at a value that it helped to choose, so the best of
many values is not the luckiest. Five ways to halve the seeds are averaged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

from bn_models.statistics.metric_names import curve_of
from bn_models.statistics.question import Question
from bn_models.statistics.runs import ArmRuns, Floats, RunColumns, other_settings

HALVINGS = 5
RESAMPLES = 999


@dataclass(frozen=True)
class Span:
    """An estimate with its percentile bootstrap interval over seeds."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Tuned:
    """The arms that differ in the factor alone, as one: ``reported`` (seeds,) at the value chosen by others.

    ``chosen``: how many of the halves chose a value. ``tolerance``: decades of the factor, around the best value, in
    which the median run is good; ``largest``: the largest such value. ``edge``: "smallest" or "largest" where the best
    value is the grid's first or last, so that a better one may lie beyond. ``expected_best``: of n = 1, 2, … values
    tried (Tang et al. 2020, unbiased).
    """

    label: str
    members: tuple[int, ...]
    best: Any
    chosen: Mapping[str, int]
    seeds: list[int]
    reported: Floats
    levels: Floats
    """(halves,): the mean over all seeds at the value that each half chose; how it varies is what choosing adds."""
    tolerance: Span | None
    largest: Span | None
    edge: str | None
    expected_best: list[float]


def tuned(arms: Sequence[ArmRuns], columns: Sequence[RunColumns], path: str, question: Question) -> list[Tuned]:
    """One for each setting of all other factors that has two values of ``path`` or more, and shared seeds."""
    groups: dict[str, list[int]] = {}
    for i, arm in enumerate(arms):
        if path in arm.settings:
            groups.setdefault(other_settings(arm.settings, path), []).append(i)
    found = (_tuned(arms, columns, members, path, question) for members in groups.values() if len(members) > 1)
    return [one for one in found if one is not None]


def _tuned(
    arms: Sequence[ArmRuns], columns: Sequence[RunColumns], members: list[int], path: str, question: Question
) -> Tuned | None:
    seeds = sorted(set[int].intersection(*(set(columns[i].seeds) for i in members)))
    if len(seeds) < 2:
        return None
    scores = _scores(columns, members, question.metric, seeds, question)
    if not np.isfinite(scores).any():
        return None
    choosing = _scores(columns, members, curve_of(question.metric) or question.metric, seeds, question)
    if not np.isfinite(choosing).any():  # nothing but what is reported was recorded
        choosing = scores
    values = [arms[i].settings[path] for i in members]
    reported, chosen = _cross_fitted(choosing, scores)
    best = int(np.argmax(choosing.mean(axis=1)))
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) and value > 0 for value in values)
    tolerance, largest = _spans(np.array(values, float), scores, question) if numeric else (None, None)
    return Tuned(
        label=_without(arms[members[0]].label, path, values[0]),
        members=tuple(members),
        best=values[best],
        chosen={
            str(value): int(count)
            for value, count in zip(values, np.bincount(chosen, minlength=len(values)), strict=True)
            if count
        },
        seeds=seeds,
        reported=_sign(question) * reported,
        levels=_sign(question) * _finite_means(scores)[chosen],
        tolerance=tolerance,
        largest=largest,
        edge=_edge(values, best) if numeric else None,
        expected_best=(_sign(question) * _expected_best(scores.mean(axis=1))).tolist(),
    )


def _without(label: str, path: str, value: Any) -> str:
    """An arm's label without its value of the factor."""
    own = f"{path.rpartition('.')[2]}={value}"
    return ", ".join(part for part in label.split(", ") if part != own) or "base"


def _sign(question: Question) -> float:
    return -1.0 if question.lower_is_better else 1.0


def _scores(
    columns: Sequence[RunColumns], members: Sequence[int], metric: str, seeds: Sequence[int], question: Question
) -> Floats:
    """(values, seeds), larger is better; what is not finite is worse than all others."""
    rows = []
    for i in members:
        by_seed = dict(zip(columns[i].seeds, _sign(question) * columns[i].final(metric), strict=True))
        rows.append([by_seed[seed] for seed in seeds])
    found = np.array(rows)
    return np.where(np.isfinite(found), found, -np.inf)


def _finite_means(scores: Floats) -> Floats:
    finite = np.isfinite(scores)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(finite, scores, 0.0).sum(axis=1) / finite.sum(axis=1), dtype=np.float64)


def _cross_fitted(choosing: Floats, scores: Floats) -> tuple[Floats, list[int]]:
    """What each seed has at the values that halves without it chose, (seeds,); the place of each half's value."""
    seeds = choosing.shape[1]
    chosen: list[int] = []
    reported, draw = np.zeros(seeds), np.random.default_rng(0)
    for _ in range(HALVINGS):
        order = draw.permutation(seeds)
        first, second = order[: seeds // 2], order[seeds // 2 :]
        for choosers, others in ((first, second), (second, first)):
            value = int(np.argmax(choosing[:, choosers].mean(axis=1)))
            chosen.append(value)
            reported[others] += scores[value, others] / HALVINGS
    return reported, chosen


def _spans(values: Floats, scores: Floats, question: Question) -> tuple[Span | None, Span | None]:
    """Tolerance in decades and the largest good value; None where no margin or threshold says what is good, or where
    no value is."""
    if question.margin is None and question.threshold is None:
        return None, None
    order = np.argsort(values)
    logs, scores = np.log10(values[order]), scores[order]
    observed = _good_range(scores, question)
    if observed is None:
        return None, None
    draws = np.random.default_rng(0).integers(0, scores.shape[1], (RESAMPLES, scores.shape[1]))
    ranges = [found for drawn in draws if (found := _good_range(scores[:, drawn], question)) is not None]
    widths = [logs[last] - logs[first] for first, last in ranges]
    tops = [values[order][last] for _, last in ranges]
    return (
        _span(float(logs[observed[1]] - logs[observed[0]]), widths, question),
        _span(float(values[order][observed[1]]), tops, question),
    )


def _span(value: float, resampled: Sequence[float], question: Question) -> Span:
    low, high = np.quantile(resampled, [question.alpha / 2, 1 - question.alpha / 2], method="nearest")
    return Span(value, float(low), float(high))


def _good_range(scores: Floats, question: Question) -> tuple[int, int] | None:
    """The first and the last of the good values in a row around the best one."""
    medians = np.median(scores, axis=1)
    if question.margin is not None:
        good = medians >= medians.max() - question.margin
    else:
        assert question.threshold is not None
        good = medians >= _sign(question) * question.threshold
    best = int(np.argmax(medians))
    if not good[best] or not np.isfinite(medians[best]):
        return None
    first = last = best
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(good) - 1 and good[last + 1]:
        last += 1
    return first, last


def _edge(values: Sequence[float], best: int) -> str | None:
    if values[best] == min(values):
        return "smallest"
    return "largest" if values[best] == max(values) else None


def _expected_best(scores: Floats) -> Floats:
    """Of n = 1 … N values tried, without replacement: the mean of the maximum over all subsets of n. A value with a run
    that has no finite score counts as the worst of the others, as 0 where there are none."""
    finite = np.isfinite(scores)
    ordered = np.sort(np.where(finite, scores, scores[finite].min() if finite.any() else 0.0))
    total = len(ordered)
    return np.array([
        sum(comb(i, n - 1) * value for i, value in enumerate(ordered)) / comb(total, n) for n in range(1, total + 1)
    ])  # fmt: skip
