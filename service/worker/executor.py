"""What the supervisor asks of whatever runs its trainers."""

from typing import Protocol

from service.worker.messages import Assignment, Report


class Executor(Protocol):
    """Runs assignments in trainers. A run is named by the lease token it was started with.

    Every run that was started and not killed ends with exactly one of Stopped, Finished, Failed and Crashed.
    """

    slots: int

    def idle(self) -> int:
        """Number of trainers that wait for an assignment."""

    def programs(self) -> set[str]:
        """The programs that idle trainers hold."""

    def start(self, token: str, assignment: Assignment) -> None:
        """Gives the assignment to an idle trainer, one that holds its program if there is one."""

    def reports(self, timeout: float) -> list[tuple[str, Report]]:
        """What the runs reported, in order; waits up to ``timeout`` seconds for the first."""

    def kill(self, token: str) -> None:
        """Ends the run's trainer at once and replaces it; nothing of the run is reported any more."""

    def stop_runs(self) -> None:
        """Asks every run for a checkpoint and a stop."""

    def close(self) -> None:
        """Ends all trainers."""
