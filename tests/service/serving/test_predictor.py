import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from service.database.engine import Database
from service.errors import NotFound
from service.serving.predictor import FRESH_SECONDS, SESSION_BYTES, STALE_SECONDS, Predictor
from service.store import jobs
from tests.support.clock import Clock
from tests.support.stored_models import point, train


class Counting:
    """Counts the statements that a database is sent."""

    def __init__(self, database: Database) -> None:
        self.statements: list[str] = []
        event.listen(database.engine, "before_cursor_execute", self._count)

    def _count(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    def lookups(self) -> int:
        return sum("FROM model_alias_versions" in statement for statement in self.statements)

    def loads(self) -> int:
        return sum("FROM blob_chunks" in statement for statement in self.statements)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def test_one_load_however_many_ask_by_however_many_names(database: Database) -> None:
    job_id = train(database, name="a")
    point(database, "b", job_id)
    served, counting = Predictor(database, 10**9), Counting(database)

    async def test() -> None:
        found = await asyncio.gather(*(served.find(name) for name in ["a", "b", job_id] * 20))
        assert len({id(loaded) for _, loaded in found}) == 1

    run(test)
    assert counting.loads() == 1
    assert counting.lookups() == 2  # one for each alias


def test_the_database_is_asked_once_a_second(database: Database) -> None:
    train(database, name="a")
    clock = Clock()
    served, counting = Predictor(database, 10**9, clock), Counting(database)

    async def test() -> None:
        await served.find("a")
        for _ in range(350):
            clock.now += FRESH_SECONDS / 100
            await served.find("a")
            await asyncio.sleep(0.001)

    run(test)
    assert counting.lookups() == 4


def test_a_busy_name_does_not_wait_while_the_database_is_asked(database: Database) -> None:
    job_id = train(database, name="a")
    clock = Clock()
    served = Predictor(database, 10**9, clock)

    async def test() -> None:
        await served.find("a")
        clock.now += FRESH_SECONDS
        with pytest.raises(StopIteration) as answered:  # a coroutine that ends at its first step has not waited
            served.find("a").send(None)
        assert answered.value.value[0].stored.job_id == job_id

    run(test)


def test_another_process_repointing_is_seen_after_a_second(database: Database, database_url: str) -> None:
    first, second = train(database, 1.0, "a"), train(database, 5.0)
    other, clock = Database(database_url), Clock()
    served = Predictor(database, 10**9, clock)

    async def test() -> None:
        assert (await served.find("a"))[0].stored.job_id == first
        point(other, "a", second)
        clock.now += FRESH_SECONDS - 0.01
        assert (await served.find("a"))[0].stored.job_id == first
        clock.now += 0.01
        while (await served.find("a"))[0].stored.job_id == first:  # the database is asked beside
            await asyncio.sleep(0.001)
        assert (await served.find("a", 1))[0].stored.job_id == first

    run(test)
    other.close()


def test_a_name_that_was_quiet_is_never_served_stale(database: Database) -> None:
    first, second = train(database, 1.0, "a"), train(database, 5.0)
    clock = Clock()
    served = Predictor(database, 10**9, clock)

    async def test() -> None:
        assert (await served.find("a"))[0].stored.job_id == first
        point(database, "a", second)
        clock.now += FRESH_SECONDS + STALE_SECONDS
        assert (await served.find("a"))[0].stored.job_id == second

    run(test)


def test_after_forgetting_nothing_older_is_trusted(database: Database) -> None:
    first, second = train(database, 1.0, "a"), train(database, 5.0)
    served = Predictor(database, 10**9)

    async def test() -> None:
        await served.find(second)
        for job_id in [second, first] * 10:
            early = asyncio.create_task(served.find("a"))  # its question may be answered before the re-pointing
            await asyncio.sleep(0)
            await asyncio.to_thread(point, database, "a", job_id)
            served.forget()
            assert (await served.find("a"))[0].stored.job_id == job_id
            await early

    run(test)


def test_the_cache_is_bounded_in_bytes_and_keeps_what_was_used_last(database: Database) -> None:
    names = [f"m{i}" for i in range(6)]
    for i, name in enumerate(names):
        train(database, float(i), name)
    served, counting = Predictor(database, 3 * (SESSION_BYTES + 1000)), Counting(database)

    async def test() -> None:
        for name in names:
            await served.find(names[0])
            await served.find(name)
        assert counting.loads() == 6
        await served.find(names[0])
        await served.find(names[-1])
        assert counting.loads() == 6
        for name in names:
            model = (await served.find(name))[1].model
            expected = 1 / (1 + np.exp(-float(name[1:])))
            assert model.predict(np.array([[1, 0]], np.float32)) == pytest.approx(expected)
        assert counting.loads() == 6 + 5  # three were kept, of which the first was used before it was dropped

    run(test)


def test_a_deleted_model_is_gone_also_while_busy(database: Database) -> None:
    job_id = train(database)
    clock = Clock()
    served = Predictor(database, 10**9, clock)

    async def ask_until_gone() -> None:
        await served.find(job_id)
        with database.write() as session:
            jobs.remove(session, job_id)
        for _ in range(1000):
            clock.now += FRESH_SECONDS / 10
            await served.find(job_id)
            await asyncio.sleep(0.001)

    with pytest.raises(NotFound):
        run(ask_until_gone)


def test_repointing_and_deleting_old_jobs_under_load_gives_no_error(database: Database) -> None:
    old = train(database, 0.0, "a")
    served = Predictor(database, 0)  # every change of model is a load
    done = False

    async def ask() -> int:
        asked = 0
        while not done:
            _, loaded = await served.find("a")
            loaded.model.predict(np.zeros((1, 2), np.float32))
            asked += 1
            await asyncio.sleep(0)
        return asked

    def replace() -> None:
        nonlocal old, done
        for weight in range(1, 15):
            new = train(database, float(weight), "a")
            served.forget()
            with database.write() as session:
                jobs.remove(session, old)
            old = new
        done = True

    async def test() -> None:
        asked = await asyncio.gather(asyncio.to_thread(replace), *(ask() for _ in range(8)))
        assert sum(n for n in asked if n) > 100

    run(test)
