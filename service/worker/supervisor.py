"""The worker: claims jobs, has trainers run them, writes what they report. One testable step and a loop around it."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from service.database.engine import Database
from service.errors import NotFound
from service.store import datasets, leases, workers
from service.store.leases import Lease, LeaseLost
from service.worker.executor import Executor
from service.worker.messages import Assignment, CheckpointSent, Crashed, EpochDone, Failed, Finished, Report, Stopped

log = logging.getLogger(__name__)
FLUSH_SECONDS = 0.5
"""Metrics are written once an epoch or this often, whichever is rarer."""
CLAIMS_BY_PROGRAM = 16
"""One claim in so many takes the oldest job; the others prefer jobs whose program a trainer holds."""
RETRY_SECONDS = 1.0
"""Pause after the database could not be reached."""
Change = partial[None]
"""What is written of a run: a function of :mod:`service.store.leases` but for session and lease."""


@dataclass
class ActiveAttempt:
    """An attempt that a trainer of this worker is busy with."""

    lease: Lease
    started_at: float
    flushed_at: float
    epochs: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Metrics that are not in the database yet."""
    diagnoses: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    """Diagnostics that are not in the database yet, of the epochs that were looked into."""


class Supervisor:
    """Owns leases. ``clock`` gives seconds since 1970; nothing here sleeps but the executor's wait for reports."""

    def __init__(
        self,
        database: Database,
        executor: Executor,
        *,
        worker_id: str,
        clock: Callable[[], float],
        lease_seconds: float,
        max_attempts: int,
        poll_seconds: float,
        dataset_dir: Path,
    ) -> None:
        """``dataset_dir``: where uploaded datasets lie as files for the trainers."""
        self._database, self._executor, self._clock = database, executor, clock
        self._dataset_dir = dataset_dir
        self._worker_id, self._lease_seconds = worker_id, lease_seconds
        # Leases may be hours long; whether the worker lives is asked all the time.
        self._heartbeat_seconds = min(lease_seconds / 3, workers.HEARTBEAT_SECONDS)
        self._max_attempts, self._poll_seconds = max_attempts, poll_seconds
        self._active: dict[str, ActiveAttempt] = {}
        self._reports: deque[tuple[str, Report]] = deque()
        self._heartbeat_at = 0.0
        self._claims = 0

    def run(self, stop: threading.Event, grace_seconds: float) -> None:
        """Steps until ``stop`` is set, then gives running jobs back to the queue with their checkpoints."""
        while not stop.is_set():
            try:
                self.step()
            except OperationalError as error:  # a full disk, a lost server: reports wait until it is back
                log.error("the database cannot be used: %s", error.orig)
                stop.wait(RETRY_SECONDS)
        self.stop(grace_seconds)

    def step(self) -> None:
        """Looks once at everything: leases, time limits, reports, the queue."""
        now = self._clock()
        if now - self._heartbeat_at >= self._heartbeat_seconds:
            self._heartbeat(now)
        self._kill_lost()
        self._kill_overdue(now)
        self._take_reports(self._poll_seconds)
        self._flush(self._clock())
        self._claim()

    def stop(self, grace_seconds: float) -> None:
        """Asks trainers for a checkpoint, waits up to ``grace_seconds`` for it, and releases what still runs."""
        self._executor.stop_runs()
        deadline = self._clock() + grace_seconds
        while self._active and (left := deadline - self._clock()) > 0:
            self._take_reports(min(left, self._poll_seconds))
        self._executor.close()
        for token in list(self._active):
            self._end(token, partial(leases.release, reason="the worker stopped", now=self._clock()))
        with self._database.write() as session:
            workers.gone(session, self._worker_id)

    def _leases(self) -> list[Lease]:
        return [run.lease for run in self._active.values()]

    def _heartbeat(self, now: float) -> None:
        """Says that this worker lives, renews its leases and ends those of workers that are gone."""
        with self._database.write() as session:
            workers.seen(session, self._worker_id, slots=self._executor.slots, now=now)
            leases.renew(session, self._leases(), lease_seconds=self._lease_seconds, now=now)
            if expired := leases.expire(session, max_attempts=self._max_attempts, now=now):
                log.warning("%d attempts of vanished workers ended", expired)
        self._heartbeat_at = now

    def _kill_lost(self) -> None:
        if self._active:
            with self._database.read() as session:
                lost = leases.lost(session, self._leases())
            for lease in lost:
                self._discard(lease)

    def _kill_overdue(self, now: float) -> None:
        for token, run in list(self._active.items()):
            limit = run.lease.max_seconds
            if limit is not None and now - run.started_at > limit:
                self._executor.kill(token)
                self._lose_attempt(token, "TimeLimitExceeded", f"ran longer than max_seconds = {limit:g}")

    def _take_reports(self, timeout: float) -> None:
        self._reports += self._executor.reports(timeout)
        while self._reports:
            token, report = self._reports[0]
            if token in self._active:  # otherwise its run was killed meanwhile
                self._apply(token, report)
            self._reports.popleft()  # only now: what could not be written is tried again

    def _apply(self, token: str, report: Report) -> None:
        match report:
            case EpochDone(epoch, metrics, diagnostics):
                self._active[token].epochs[epoch] = dict(metrics)
                if diagnostics is not None:
                    self._active[token].diagnoses[epoch] = diagnostics
            case CheckpointSent(epoch, state):
                self._write(token, partial(leases.record_checkpoint, epoch=epoch, state=state))
            case Finished(result, onnx, keras):
                stored = asdict(result)
                self._end(token, partial(leases.succeed, result=stored, onnx=onnx, keras=keras, now=self._clock()))
            case Failed(type, message):
                self._end(token, partial(leases.fail, type=type, message=message, now=self._clock()))
            case Stopped():
                self._end(token, partial(leases.release, reason="the worker stopped", now=self._clock()))
            case Crashed(reason):
                self._lose_attempt(token, "TrainerCrashed", reason)

    def _flush(self, now: float) -> None:
        for token, run in list(self._active.items()):
            if run.epochs and now - run.flushed_at >= FLUSH_SECONDS:
                self._write(token)

    def _claim(self) -> None:
        while self._executor.idle() and self._work_waits():
            with self._database.write() as session:
                now = self._clock()
                lease = leases.claim(
                    session, lease_seconds=self._lease_seconds, now=now, preferred=self._preferred_programs()
                )
                if lease is None:
                    return
                checkpoint = leases.resume(session, lease)
            log.info("job %s: attempt %d starts", lease.job_id, lease.attempt, extra={"job_id": lease.job_id})
            self._active[lease.token] = ActiveAttempt(lease, started_at=now, flushed_at=now)
            self._start(lease, checkpoint)

    def _start(self, lease: Lease, checkpoint: bytes | None) -> None:
        try:
            file = datasets.file_of(self._database, lease.spec, self._dataset_dir)
        except (OSError, NotFound) as error:
            message = f"the dataset cannot be given to a trainer: {error}"
            self._end(lease.token, partial(leases.fail, type="DatasetError", message=message, now=self._clock()))
        else:
            columns = datasets.columns_of(self._database, lease.spec)
            self._executor.start(lease.token, Assignment(lease.spec, lease.program, checkpoint, file, columns))

    def _preferred_programs(self) -> set[str]:
        self._claims += 1
        return self._executor.programs() if self._claims % CLAIMS_BY_PROGRAM else set()

    def _work_waits(self) -> bool:
        with self._database.read() as session:
            return leases.any_queued(session)

    def _lose_attempt(self, token: str, type: str, reason: str) -> None:
        limit, now = self._max_attempts, self._clock()
        self._end(token, partial(leases.lose_attempt, type=type, reason=reason, max_attempts=limit, now=now))

    def _end(self, token: str, change: Change) -> None:
        self._write(token, change)
        if run := self._active.pop(token, None):
            lease, said = run.lease, {"job_id": run.lease.job_id}
            log.info("job %s: attempt %d ends (%s)", lease.job_id, lease.attempt, change.func.__name__, extra=said)

    def _write(self, token: str, change: Change | None = None) -> None:
        """Writes waiting metrics and then ``change``, in one transaction, unless the lease is lost."""
        run = self._active[token]
        try:
            with self._database.write() as session:
                if run.epochs:
                    leases.record_epochs(session, run.lease, run.epochs, run.diagnoses)
                if change is not None:
                    change(session, run.lease)
        except LeaseLost:
            self._discard(run.lease)
        run.epochs.clear()
        run.diagnoses.clear()
        run.flushed_at = self._clock()

    def _discard(self, lease: Lease) -> None:
        log.info("job %s: attempt %d is not ours any more", lease.job_id, lease.attempt, extra={"job_id": lease.job_id})
        self._active.pop(lease.token, None)
        self._executor.kill(lease.token)
