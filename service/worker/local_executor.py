"""Trainers as spawned processes of this machine: warm, one assignment at a time, killed and replaced when need be."""

import contextlib
import logging
import signal
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess

from service.processes import spawn
from service.worker.messages import Assignment, Crashed, Failed, Finished, Ready, Report, Stop, Stopped, TrainerOptions
from service.worker.trainer_process import run_trainer

log = logging.getLogger(__name__)
LAST_REPORTS = (Finished, Failed, Stopped, Crashed)
RESPAWN_SECONDS = 1.0
"""Least time between two starts of one slot's trainer: one that dies at once must not eat the machine."""


class Slot:
    """One place for a trainer and the process that fills it now."""

    def __init__(self, target: Callable[..., None], options: TrainerOptions) -> None:
        self._target, self._options = target, options
        self.token: str | None = None
        self._spawn()

    def _spawn(self) -> None:
        self.connection, theirs = spawn.Pipe()
        self.process: SpawnProcess = spawn.Process(target=self._target, args=(theirs, self._options), name="trainer")
        self.process.start()
        theirs.close()  # so that the trainer's death is the end of the stream
        self.ready, self.filled, self.spawned_at = False, True, time.monotonic()
        self.programs = deque[str](maxlen=self._options.held_programs)

    @property
    def idle(self) -> bool:
        return self.ready and self.token is None

    def vacate(self) -> None:
        """Ends the trainer; the next one comes with :meth:`fill`."""
        self.token, self.ready, self.filled = None, False, False
        self.end()

    def fill(self) -> None:
        """Starts a trainer where there is none, unless the last one was started a moment ago."""
        if not self.filled and time.monotonic() >= self.spawned_at + RESPAWN_SECONDS:
            self._spawn()

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()

    def death(self) -> str:
        self.process.join()
        code = self.process.exitcode or 0
        if code >= 0:
            return f"the trainer exited with code {code}"
        name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
        return f"the trainer was killed by {name} ({signal.strsignal(-code)})"


class LocalExecutor:
    """``slots`` warm trainers; ``target`` is what their processes run."""

    def __init__(self, slots: int, options: TrainerOptions, target: Callable[..., None] = run_trainer) -> None:
        self.slots = slots
        self._slots = [Slot(target, options) for _ in range(slots)]

    def idle(self) -> int:
        return sum(slot.idle for slot in self._slots)

    def programs(self) -> set[str]:
        return {program for slot in self._slots if slot.idle for program in slot.programs}

    def start(self, token: str, assignment: Assignment) -> None:
        idle = [slot for slot in self._slots if slot.idle]
        slot = next((slot for slot in idle if assignment.program in slot.programs), idle[0])
        slot.token = token
        if assignment.program in slot.programs:
            slot.programs.remove(assignment.program)
        slot.programs.append(assignment.program)
        # A trainer that died meanwhile is noticed by the next look at its reports.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            slot.connection.send(assignment)

    def reports(self, timeout: float) -> list[tuple[str, Report]]:
        for slot in self._slots:
            slot.fill()
        filled = [slot for slot in self._slots if slot.filled]
        readable = wait([slot.connection for slot in filled], timeout)
        found: list[tuple[str, Report]] = []
        for slot in filled:
            if slot.connection in readable:
                found += self._reports_of(slot)
        return found

    def kill(self, token: str) -> None:
        for slot in self._slots:
            if slot.token == token:
                slot.vacate()
                slot.fill()

    def stop_runs(self) -> None:
        for slot in self._slots:
            if slot.token is not None:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    slot.connection.send(Stop())

    def close(self) -> None:
        for slot in self._slots:
            slot.end()

    def _reports_of(self, slot: Slot) -> list[tuple[str, Report]]:
        found: list[tuple[str, Report]] = []
        try:
            while slot.connection.poll():
                message = slot.connection.recv()
                if isinstance(message, Ready):
                    slot.ready = True
                elif slot.token is not None:
                    found.append((slot.token, message))
                    if isinstance(message, LAST_REPORTS):
                        slot.token = None
        except (EOFError, ConnectionResetError):
            token, reason = slot.token, slot.death()
            log.warning("%s; starting another", reason)
            slot.vacate()
            if token is not None:
                found.append((token, Crashed(reason)))
        return found
