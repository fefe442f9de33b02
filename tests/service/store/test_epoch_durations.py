import math

from service.database.engine import Database
from service.store import epoch_durations


def test_counts_add_up_over_transactions(database: Database) -> None:
    for durations in ([0.5, 0.7], [0.2], [], [1e9]):
        with database.write() as session:
            epoch_durations.record(session, durations)
    with database.read() as session:
        buckets, seconds = epoch_durations.histogram(session)
    counts = dict(buckets)
    assert list(counts) == list(epoch_durations.BOUNDS)
    assert (counts[0.1], counts[0.3], counts[1.0], counts[300.0], counts[math.inf]) == (0, 1, 3, 3, 4)
    assert seconds == 1e9 + 1.4


def test_a_bound_belongs_to_its_bucket(database: Database) -> None:
    with database.write() as session:
        epoch_durations.record(session, [1.0])
    with database.read() as session:
        assert dict(epoch_durations.histogram(session)[0])[1.0] == 1
