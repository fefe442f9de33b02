"""An arm against the baseline over the seeds that both have: what is tested, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bn_models.statistics.equivalence import Equivalence, equivalence, ratio_sides, sides
from bn_models.statistics.intervals import effect_size, inflation, mean_interval, number
from bn_models.statistics.question import Question
from bn_models.statistics.runs import Floats, RunColumns
from bn_models.statistics.sign_flips import Outcome, PairedTest
from bn_models.statistics.spread import Spread, spread, spread_values
from bn_models.statistics.time_to_threshold import Speedup, rank_differences, speedup

BESIDE = 0.8
"""Weight of the tests that no question asked for."""


@dataclass(frozen=True)
class Difference:
    """Arm minus baseline, paired by seed: mean with Student's t interval; None where too few seeds define it.

    ``effect_size``: see :func:`bn_models.statistics.intervals.effect_size`. ``p``: two-sided, of the mean when the sign
    of each seed's difference is a fair coin, which it is if the arms are equal; ``p_adjusted``: in the family of the
    comparison. ``equivalent``: None where no margin was asked for.
    """

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    effect_size: float | None
    equivalent: Equivalence | None = None

    @staticmethod
    def of(
        differences: Floats, confidence: float, overlap: float, tested: Outcome | None,
        equivalent: Equivalence | None = None,
    ) -> "Difference":  # fmt: skip
        """Of ``differences`` (seeds,), all finite; ``tested``: their outcome, None where there was no test."""
        interval = mean_interval(differences, confidence, overlap)
        return Difference(
            number(interval.mean), number(interval.low), number(interval.high),
            p=tested.p if tested else None,
            p_adjusted=tested.p_adjusted if tested else None,
            effect_size=effect_size(differences),
            equivalent=equivalent,
        )  # fmt: skip


@dataclass(frozen=True)
class Diverged:
    """Shares of the shared seeds whose run diverged; McNemar's exact test is that of their difference."""

    arm: float
    baseline: float
    p_adjusted: float | None


@dataclass(frozen=True)
class AgainstBaseline:
    final: Difference
    speedup: Speedup
    spread: Spread
    diverged: Diverged | None
    """None without a shared seed."""


@dataclass(frozen=True)
class Pair:
    """What is compared: ``final`` of ``finite_seeds``, which have finite values in both arms, ``times`` in epochs (inf
    beyond the horizon) and ``diverged`` (0 or 1) of all ``seeds`` that both have."""

    question: Question
    overlap: float
    timed: bool
    """Whether both arms recorded the curve in which the threshold is reached."""
    seeds: list[int]
    finite_seeds: list[int]
    final: Floats
    baseline_final: Floats
    times: Floats
    baseline_times: Floats
    diverged: Floats
    baseline_diverged: Floats

    @staticmethod
    def of(
        question: Question, overlap: float, arm: RunColumns, times: Floats, baseline: RunColumns,
        baseline_times: Floats,
    ) -> "Pair":  # fmt: skip
        seeds, mine, theirs = np.intersect1d(arm.seeds, baseline.seeds, assume_unique=True, return_indices=True)
        final, baseline_final = arm.final(question.metric)[mine], baseline.final(question.metric)[theirs]
        both = np.isfinite(final) & np.isfinite(baseline_final)
        timed = question.curve in arm.columns and question.curve in baseline.columns
        return Pair(
            question, overlap, timed, [int(seed) for seed in seeds], [int(seed) for seed in seeds[both]], final[both],
            baseline_final[both], times[mine], baseline_times[theirs], arm.diverged[mine], baseline.diverged[theirs],
        )  # fmt: skip

    @property
    def reached(self) -> bool:
        """Whether any run reaches the threshold, and both arms could."""
        return self.timed and bool(np.isfinite([self.times, self.baseline_times]).any())

    @cached_property
    def ranks(self) -> Floats:
        """(seeds,): positive where the arm reaches the threshold sooner."""
        return rank_differences(self.times, self.baseline_times)

    def tests(self) -> dict[str, PairedTest]:
        differences = self.final - self.baseline_final
        found = {"final": self._test(differences, self.finite_seeds)}
        if len(differences) > 2:
            squared = spread_values(self.final, self.baseline_final)
            found["spread"] = self._test(squared, self.finite_seeds, weight=BESIDE)
        if self.diverged.any() or self.baseline_diverged.any():
            found["diverged"] = self._test(self.diverged - self.baseline_diverged, self.seeds, weight=BESIDE)
        if self.reached:
            found["speedup"] = self._test(self.ranks, self.seeds)
        if (margin := self.question.margin) is not None:
            for side, values in sides(differences, margin).items():
                found[f"final {side}"] = self._test(values, self.finite_seeds, one_sided=True)
        if (margin := self.question.ratio_margin) is not None and self.reached:
            found |= {f"speedup {side}": test for side, test in self.time_tests(ratio_sides, margin).items()}
        return found

    def time_tests(
        self, sides: Callable[[Floats, Floats, float], Mapping[str, Floats]], margin: float
    ) -> dict[str, PairedTest]:
        """Of the two sides of a margin, over the seeds of which one run at least reaches the threshold."""
        known = np.isfinite(self.times) | np.isfinite(self.baseline_times)
        seeds = [seed for seed, is_known in zip(self.seeds, known, strict=True) if is_known]
        values = sides(self.times[known], self.baseline_times[known], margin)
        return {side: self._test(values[side], seeds, one_sided=True) for side in values}

    def result(self, outcomes: Mapping[str, Outcome]) -> AgainstBaseline:
        """``outcomes`` of :meth:`tests`, by their names."""
        adjusted = {name: outcome.p_adjusted for name, outcome in outcomes.items()}
        differences, question = self.final - self.baseline_final, self.question
        same = self._equivalent("final ", question.margin, outcomes)
        return AgainstBaseline(
            final=Difference.of(differences, question.confidence, self.overlap, outcomes.get("final"), same),
            speedup=self._speedup(outcomes),
            spread=spread(self.final, self.baseline_final, question.confidence, self.overlap, adjusted.get("spread")),
            diverged=Diverged(
                float(self.diverged.mean()), float(self.baseline_diverged.mean()), adjusted.get("diverged")
            )
            if self.seeds
            else None,
        )

    def _test(self, values: Floats, seeds: list[int], *, one_sided: bool = False, weight: float = 1.0) -> PairedTest:
        return PairedTest(seeds, values, one_sided, weight, inflation(len(seeds), self.overlap))

    def _speedup(self, outcomes: Mapping[str, Outcome]) -> Speedup:
        if not self.timed:
            return Speedup(None, None, None)
        found = speedup(self.times, self.baseline_times, self.question.confidence, self.overlap)
        tested = outcomes.get("speedup")
        same = self._equivalent("speedup ", self.question.ratio_margin, outcomes)
        if tested is None:
            return replace(found, equivalent=same)
        return replace(found, p=tested.p, p_adjusted=tested.p_adjusted, equivalent=same)

    def _equivalent(self, prefix: str, margin: float | None, outcomes: Mapping[str, Outcome]) -> Equivalence | None:
        if margin is None:
            return None
        of_sides = {name: outcome for name, outcome in outcomes.items() if name.startswith(prefix)}
        return equivalence(of_sides, margin, self.question.alpha)
