"""The local executor with real processes that stand in for TensorFlow's."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import pytest

from service.worker.local_executor import LocalExecutor
from service.worker.messages import Assignment, Crashed, EpochDone, Failed, Ready, Report, Stopped, TrainerOptions

pytestmark = pytest.mark.slow

OPTIONS = TrainerOptions(
    data_dir=None, threads=1, xla="auto", xla_cache_dir=Path("/nowhere"), checkpoint_seconds=10, verbose=False
)


def obedient(connection: "Connection[Any, Any]", options: TrainerOptions) -> None:
    """Does what the spec says: end, crash by a signal, exit, or run until it is told to stop."""
    connection.send(Ready())
    while True:
        wish = connection.recv().spec
        connection.send(EpochDone(1, {"pid": os.getpid()}))
        match wish:
            case {"signal": number}:
                os.kill(os.getpid(), number)
            case {"exit": code}:
                os._exit(code)
            case {"run": _}:
                connection.recv()
                connection.send(Stopped())
            case _:
                connection.send(Failed("Error", "as wished"))


def dies_at_once(connection: "Connection[Any, Any]", options: TrainerOptions) -> None:
    os._exit(3)


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(2, OPTIONS, obedient)
    yield executor
    executor.close()


def collect(executor: LocalExecutor, enough: Callable[[list[tuple[str, Report]]], bool]) -> list[tuple[str, Report]]:
    found: list[tuple[str, Report]] = []
    deadline = time.monotonic() + 20
    while not enough(found):
        assert time.monotonic() < deadline, found
        found += executor.reports(0.05)
    return found


def run(executor: LocalExecutor, token: str, spec: dict[str, Any], program: str = "") -> None:
    collect(executor, lambda _: executor.idle() > 0)
    executor.start(token, Assignment(spec, program, None))


def last_of(token: str) -> Callable[[list[tuple[str, Report]]], bool]:
    return lambda found: any(name == token and not isinstance(report, EpochDone) for name, report in found)


def test_a_trainer_serves_one_run_after_another(executor: LocalExecutor) -> None:
    pids = set()
    for token in ("a", "b", "c", "d"):
        run(executor, token, {})
        reports = collect(executor, last_of(token))
        assert [name for name, _ in reports] == [token, token]
        assert reports[-1][1] == Failed("Error", "as wished")
        assert isinstance(reports[0][1], EpochDone)
        pids.add(reports[0][1].metrics["pid"])
    assert len(pids) <= 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_trainer_is_named_by_its_signal_and_replaced(executor: LocalExecutor, number: int) -> None:
    run(executor, "a", {"signal": int(number)})
    reports = collect(executor, last_of("a"))
    assert isinstance(reports[-1][1], Crashed)
    assert signal.Signals(number).name in reports[-1][1].reason
    collect(executor, lambda _: executor.idle() == 2)


def test_a_trainer_that_exits_is_named_by_its_code(executor: LocalExecutor) -> None:
    run(executor, "a", {"exit": 7})
    assert collect(executor, last_of("a"))[-1][1] == Crashed("the trainer exited with code 7")


def test_kill_ends_the_process_and_says_nothing_more(executor: LocalExecutor) -> None:
    run(executor, "a", {"run": True})
    [(_, first)] = collect(executor, lambda found: bool(found))
    assert isinstance(first, EpochDone)
    executor.kill("a")
    assert not psutil.pid_exists(int(first.metrics["pid"]))
    collect(executor, lambda found: not found and executor.idle() == 2)


def test_runs_stop_when_asked(executor: LocalExecutor) -> None:
    run(executor, "a", {"run": True})
    collect(executor, lambda found: bool(found))
    executor.stop_runs()
    assert collect(executor, last_of("a")) == [("a", Stopped())]


def test_a_trainer_that_dies_at_start_does_not_take_the_executor_along(tmp_path: Path) -> None:
    executor = LocalExecutor(1, OPTIONS, dies_at_once)
    for _ in range(3):
        assert executor.reports(2.0) == []
    assert executor.idle() == 0
    executor.close()


def test_an_assignment_goes_to_the_trainer_that_holds_its_program(executor: LocalExecutor) -> None:
    collect(executor, lambda _: executor.idle() == 2)
    run(executor, "a1", {}, "a")
    run(executor, "b1", {}, "b")
    collect(executor, lambda _: executor.idle() == 2)
    assert executor.programs() == {"a", "b"}
    pids: dict[str, set[int]] = {"a": set(), "b": set()}
    for token, program in [("1", "b"), ("2", "a"), ("3", "b"), ("4", "b"), ("5", "a")]:
        run(executor, token, {}, program)
        for _, report in collect(executor, lambda found: isinstance(found[-1][1], Failed) if found else False):
            if isinstance(report, EpochDone):
                pids[program].add(int(report.metrics["pid"]))
    assert len(pids["a"]) == len(pids["b"]) == 1
    assert pids["a"] != pids["b"]


def test_a_trainer_is_believed_to_hold_as_many_programs_as_it_was_told_to() -> None:
    executor = LocalExecutor(1, replace(OPTIONS, held_programs=2), obedient)
    for program in ("a", "b", "c"):
        run(executor, program, {}, program)
        collect(executor, last_of(program))
    assert executor.programs() == {"b", "c"}
    executor.close()
