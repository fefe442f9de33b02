"""Medians of alternating measurements: machines drift, ratios of what was measured in turn do not."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Line:
    """One workload: ours and a peer's, in ``unit``; ``ratio`` says how many times better ours is."""

    workload: str
    peer: str
    unit: str
    ours: float
    theirs: float
    bar: float
    ratio: float = field(init=False)

    def __post_init__(self) -> None:
        better = self.ours / self.theirs if self.unit.startswith(("jobs/", "requests/")) else self.theirs / self.ours
        object.__setattr__(self, "ratio", better)


def alternate(*contestants: Callable[[], float], rounds: int) -> list[float]:
    """The median of each contestant's measurements, taken in turn after one that does not count."""
    for contestant in contestants:
        contestant()
    measured = [[contestant() for contestant in contestants] for _ in range(rounds)]
    return [median(column) for column in zip(*measured, strict=True)]


def seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def show(lines: Sequence[Line], as_json: bool) -> None:
    console = Console()
    if as_json:
        console.print_json(json.dumps([asdict(line) for line in lines]))
    else:
        console.print(table_of(lines))


def table_of(lines: Sequence[Line]) -> Table:
    table = Table("workload", "peer", "unit", "ours", "theirs", "bar", "ratio")
    for line in lines:
        table.add_row(
            line.workload, line.peer, line.unit, f"{line.ours:.3g}", f"{line.theirs:.3g}",
            f"≥ {line.bar:.3g} x" if line.bar else "", f"{line.ratio:.3g} x",
        )  # fmt: skip
    return table
