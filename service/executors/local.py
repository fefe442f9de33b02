"""Trainers as spawned processes of this machine: warm, one assignment at a time, killed and replaced when need be."""

import contextlib
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from service import logs, xla_cache
from service.kept_process import spawn
from service.messages import Assignment, Crashed, Failed, Finished, Ready, Report, Stop, Stopped, TrainerOptions

log = logging.getLogger(__name__)
LAST_REPORTS = (Finished, Failed, Stopped, Crashed)
HELD_PROGRAMS = 16
"""How many of the programs it used last a trainer keeps."""
RESPAWN_SECONDS = 1.0
"""Least time between two starts of one slot's trainer: one that dies at once must not eat the machine."""


def run_trainer(connection: "Connection[Any, Any]", options: TrainerOptions) -> None:
    """The trainer's process. TensorFlow is loaded here and nowhere else, after its environment is set."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which tells its trainers what to do
    if hasattr(os, "nice"):
        os.nice(10)  # predictions and pages of the same machine come first
    os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    os.environ |= {"TF_NUM_INTRAOP_THREADS": str(options.threads), "TF_NUM_INTEROP_THREADS": "1"}
    os.environ |= {"OMP_NUM_THREADS": str(options.threads)}
    if not options.verbose:
        _silence_native_code()
    logs.configure(options.log_format, "info")  # after that: it writes to where standard error leads now
    try:
        cache = xla_cache.switch_on(options.xla_cache_dir)
    except OSError as error:
        log.warning("compiled programs are not kept: %s", error)
        cache = None
    from service.trainer import Trainer

    Trainer(connection, options, cache).serve()


def _silence_native_code() -> None:
    """Libraries in C++ write to the file descriptor, Python's messages still go where they went."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


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
        self.programs = deque[str](maxlen=HELD_PROGRAMS)

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
