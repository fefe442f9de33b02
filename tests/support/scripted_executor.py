"""Trainers that report what a test has them say, and a supervisor of such trainers."""

import os
from pathlib import Path

from service.database.engine import Database
from service.worker.messages import Assignment, CheckpointSent, Crashed, Failed, Finished, Report, Stopped
from service.worker.supervisor import Supervisor
from tests.support.clock import Clock


class ScriptedExecutor:
    """Keeps what it is given and reports what the test puts into ``said``."""

    def __init__(self, slots: int = 2) -> None:
        self.slots = slots
        self.running: dict[str, Assignment] = {}
        self.said: list[tuple[str, Report]] = []
        self.killed: list[str] = []
        self.closed = False
        self.held: set[str] = set()

    def idle(self) -> int:
        return self.slots - len(self.running)

    def programs(self) -> set[str]:
        return self.held

    def start(self, token: str, assignment: Assignment) -> None:
        self.running[token] = assignment

    def reports(self, timeout: float) -> list[tuple[str, Report]]:
        said, self.said = self.said, []
        for token, report in said:
            if isinstance(report, Finished | Failed | Stopped | Crashed):
                self.running.pop(token, None)
        return said

    def kill(self, token: str) -> None:
        self.killed.append(token)
        self.running.pop(token, None)

    def stop_runs(self) -> None:
        self.said += [(token, CheckpointSent(1, b"state")) for token in self.running]
        self.said += [(token, Stopped()) for token in self.running]

    def close(self) -> None:
        self.closed = True


def supervisor_of(
    database: Database, executor: ScriptedExecutor, clock: Clock, name: str = "w1", lease_seconds: float = 10
) -> Supervisor:
    return Supervisor(
        database, executor, worker_id=name, clock=clock, lease_seconds=lease_seconds, max_attempts=3, poll_seconds=0,
        dataset_dir=Path(os.environ["BNLAB_DATASET_CACHE_DIR"]),
    )  # fmt: skip
