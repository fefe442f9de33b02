"""An arm against the baseline over the seeds that both have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bn_models.statistics.holm import holm
from bn_models.statistics.intervals import Difference, paired_difference
from bn_models.statistics.runs import Floats, RunColumns
from bn_models.statistics.time_to_threshold import Speedup, speedup


@dataclass(frozen=True)
class AgainstBaseline:
    final: Difference
    speedup: Speedup


@dataclass(frozen=True)
class Pairing:
    """What was compared: ``final`` (seeds with finite values in both,), ``times`` (shared seeds,) in epochs, inf beyond
    the horizon."""

    final: Floats
    baseline_final: Floats
    times: Floats
    baseline_times: Floats
    result: AgainstBaseline


def pair(
    arm: RunColumns, times: Floats, baseline: RunColumns, baseline_times: Floats, metric: str, confidence: float
) -> Pairing:
    _, mine, theirs = np.intersect1d(arm.seeds, baseline.seeds, assume_unique=True, return_indices=True)
    final, baseline_final = arm.final(metric)[mine], baseline.final(metric)[theirs]
    both = np.isfinite(final) & np.isfinite(baseline_final)
    result = AgainstBaseline(
        final=paired_difference(final[both], baseline_final[both], confidence),
        speedup=speedup(times[mine], baseline_times[theirs], confidence),
    )
    return Pairing(final[both], baseline_final[both], times[mine], baseline_times[theirs], result)


def corrected(pairs: Sequence[Pairing | None]) -> Iterator[Pairing | None]:
    """The same with ``p_adjusted``: one Holm correction over both tests of all pairs. The baseline's place is None."""
    adjusted = iter(holm(_tests(pairs)))
    for pairing in pairs:
        if pairing is None:
            yield None
            continue
        final = replace(pairing.result.final, p_adjusted=next(adjusted))
        faster = replace(pairing.result.speedup, p_adjusted=next(adjusted))
        yield replace(pairing, result=AgainstBaseline(final, faster))


def p_values(pairs: Sequence[Pairing | None]) -> list[float]:
    """The uncorrected p of every test that was done."""
    return [p for p in _tests(pairs) if p is not None]


def _tests(pairs: Sequence[Pairing | None]) -> list[float | None]:
    results = [pairing.result for pairing in pairs if pairing]
    return [p for result in results for p in (result.final.p, result.speedup.p)]
