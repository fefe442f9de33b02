"""What Prometheus reads: base units, no job ids as labels."""

import math
from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from service.database.engine import Database
from service.store import epoch_durations, job_queries
from service.vocabulary import ACTIVE, TERMINAL

Clock = Callable[[], float]

PREDICTION_SECONDS = Histogram(
    "bnlab_prediction_seconds",
    "Time of a prediction request from its whole body to its answer",
    buckets=(0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
    registry=None,
)


class JobCollector(Collector):
    """Jobs by status, the age of the oldest queued one, and how long epochs take: of the database, at each scrape."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def collect(self) -> Iterable[Metric]:
        with self._database.read() as session:
            counts, oldest = job_queries.counts_by_status(session), job_queries.oldest_queued_at(session)
            buckets, seconds = epoch_durations.histogram(session)
        by_status = GaugeMetricFamily("bnlab_jobs", "Jobs in the database by status", labels=["status"])
        for status in (*ACTIVE, *TERMINAL):
            by_status.add_metric([status], counts.get(status, 0))
        yield by_status
        age = 0.0 if oldest is None else self._clock() - oldest
        yield GaugeMetricFamily("bnlab_queue_age_seconds", "Age of the oldest queued job", value=age)
        named = [("+Inf" if up_to == math.inf else str(up_to), epochs) for up_to, epochs in buckets]
        yield HistogramMetricFamily("bnlab_epoch_seconds", "Wall time of an epoch", buckets=named, sum_value=seconds)


def registry(database: Database, clock: Clock) -> CollectorRegistry:
    metrics = CollectorRegistry()
    metrics.register(JobCollector(database, clock))
    metrics.register(PREDICTION_SECONDS)
    return metrics
