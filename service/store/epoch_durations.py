"""How long epochs took, as a histogram; the only writer of the epoch_seconds table.

Workers record epochs and the API is asked for metrics: the counts are in the database, where they survive restarts and
the deletion of jobs, as a Prometheus counter must.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.database.tables import EpochSeconds

BOUNDS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, math.inf)
"""As the migration inserted them; others need another migration."""


def record(session: Session, durations: Iterable[float]) -> None:
    """Counts epochs that took so many seconds each."""
    counts: dict[float, list[float]] = {}
    for seconds in durations:
        counts.setdefault(BOUNDS[bisect_left(BOUNDS, seconds)], []).append(seconds)
    for up_to, taken in sorted(counts.items()):  # every transaction locks the rows in this order
        session.execute(
            update(EpochSeconds)
            .where(EpochSeconds.up_to == up_to)
            .values(epochs=EpochSeconds.epochs + len(taken), seconds=EpochSeconds.seconds + math.fsum(taken)),
            execution_options={"synchronize_session": False},
        )


def histogram(session: Session) -> tuple[list[tuple[float, int]], float]:
    """For each bound the number of epochs that took at most so long, and the seconds of all epochs together."""
    rows = session.scalars(select(EpochSeconds).order_by(EpochSeconds.up_to)).all()
    epochs = accumulate(row.epochs for row in rows)
    return list(zip((row.up_to for row in rows), epochs, strict=True)), math.fsum(row.seconds for row in rows)
