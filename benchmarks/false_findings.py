"""How often a comparison is wrong, and how often it finds what is there: ``python -m benchmarks.false_findings``.

Small studies whose truth is known go through the real ``compare()``. ``--scale 0.1`` makes a tenth of them, ``--only
WORDS`` the lines with these in their name. Every line has a seed of its own, and its aims.
"""

import argparse
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from zlib import crc32

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.false_finding_rates import (
    coverage,
    equivalence,
    interaction,
    null,
    planned_looks,
    power,
    spread_and_diverged,
    tuning,
    unplanned_looks,
)
from benchmarks.overlapping_splits import resampled
from benchmarks.simulated_studies import Rates


@dataclass(frozen=True)
class Line:
    """``work`` makes so many studies and gives shares of them; ``bounds`` of those that are aims."""

    name: str
    studies: int
    work: Callable[[int, np.random.Generator], Rates]
    bounds: Mapping[str, tuple[float, float]]

    def count(self, scale: float) -> int:
        return max(1, round(scale * self.studies))

    def rates(self, scale: float = 1.0) -> Rates:
        return self.work(self.count(scale), np.random.default_rng(crc32(self.name.encode())))

    def aim(self, share: str, rate: float) -> str:
        if share not in self.bounds:
            return ""
        low, high = self.bounds[share]
        return f"{100 * low:g} to {100 * high:g}{'' if low <= rate <= high else ' MISSED'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("--processes", type=int, default=None)
    arguments = parser.parse_args()
    table = Table("setting", "studies", "share", "%", "aim")
    lines = [line for line in LINES if arguments.only in line.name]
    with ProcessPoolExecutor(arguments.processes) as pool:
        rates = pool.map(partial(Line.rates, scale=arguments.scale), lines)
        for line, of_line in track(
            zip(lines, rates, strict=True), "studies", total=len(lines), console=Console(stderr=True)
        ):
            for name, rate in of_line.items():
                table.add_row(
                    line.name, f"{line.count(arguments.scale):,}", name, f"{100 * rate:.1f}", line.aim(name, rate)
                )
    Console(width=160).print(table)


NULL = {"any finding": (0.035, 0.06), "any sentence that claims": (0.0, 0.06)}
COVERED = (0.93, 0.97)
AT_MOST = (0.0, 0.06)
KINDS = ("normal", "exponential")
LINES = [
    *(
        Line(
            f"no difference, {arms} arms, {seeds} seeds, {kind}",
            2000,
            partial(null, arms=arms, seeds=seeds, kind=kind),
            NULL,
        )
        for arms, seeds in ((3, 8), (3, 10), (3, 20), (5, 8), (5, 10), (5, 12), (5, 20))
        for kind in KINDS
    ),
    *(
        Line(
            f"{difference:g} sd higher, {arms} arms, {seeds} seeds, {kind}",
            1000,
            partial(power, arms=arms, seeds=seeds, kind=kind, difference=difference),
            {},
        )
        for arms, seeds in ((3, 8), (3, 10), (3, 20), (5, 8), (5, 10))
        for kind in KINDS
        for difference in (1.4, 2.0)
    ),
    *(
        Line(
            f"planned looks at 10, 20, 40 seeds, {kind}",
            2000,
            partial(planned_looks, kind=kind),
            {"any finding at any look": AT_MOST},
        )
        for kind in KINDS
    ),
    *(
        Line(f"unplanned looks at 10, 20, 40 seeds, {kind}", 1000, partial(unplanned_looks, kind=kind), {})
        for kind in KINDS
    ),
    *(
        Line(
            f"interaction, 2 arms x 3 rates, {seeds} seeds, {kind}, main effect {effect:g}",
            2000,
            partial(interaction, seeds=seeds, kind=kind, main_effect=effect),
            {"an interaction": AT_MOST, "any finding": AT_MOST},
        )
        for seeds, kind, effect in (
            (10, "normal", 0.0),
            (10, "exponential", 0.0),
            (10, "normal", 3.0),
            (20, "normal", 3.0),
        )
    ),
    *(
        Line(
            f"tuned, 3 arms x 5 rates, {seeds} seeds, {kind}, difference {difference:g}",
            1000,
            partial(tuning, seeds=seeds, kind=kind, difference=difference),
            {"a tuned difference": AT_MOST, "any finding": AT_MOST, "the difference is covered": COVERED},
        )
        for seeds, kind, difference in (
            (10, "normal", 0.0),
            (10, "exponential", 0.0),
            (20, "normal", 0.0),
            (10, "normal", 1.0),
            (20, "normal", 1.0),
        )
    ),
    *(
        Line(
            f"{of} apart by the margin, {seeds} seeds, {kind}",
            2000,
            partial(equivalence, seeds=seeds, kind=kind, of=of),
            {"called equivalent": AT_MOST},
        )
        for of in ("mean", "ratio")
        for seeds in (10, 30)
        for kind in KINDS
    ),
    *(
        Line(
            f"equal spread and divergence, {seeds} seeds, {kind}",
            2000,
            partial(spread_and_diverged, seeds=seeds, kind=kind),
            {"a difference in spread": AT_MOST, "a difference in diverged runs": AT_MOST},
        )
        for seeds in (10, 20)
        for kind in KINDS
    ),
    *(
        Line(
            f"intervals, {seeds} seeds",
            2000,
            partial(coverage, seeds=seeds),
            {f"{name} is covered": COVERED for name in ("mean", "difference", "ratio of medians", "ratio of spreads")},
        )
        for seeds in (10, 30)
    ),
    *(
        Line(
            f"{' against '.join(learners)}, {seeds} splits of 150 rows",
            2000,
            partial(resampled, seeds=seeds, learners=learners),
            {"the difference is covered": COVERED, "a difference": AT_MOST},
        )
        for learners in (("centroids", "lda"), ("first", "second"))
        for seeds in (10, 20, 40)
    ),
    Line(
        "first against second, 20 draws of 150 rows",
        2000,
        partial(resampled, seeds=20, learners=("first", "second"), fresh=True),
        {"the difference is covered": COVERED, "a difference": AT_MOST},
    ),
]

if __name__ == "__main__":
    main()
