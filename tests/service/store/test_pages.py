from sqlalchemy import select

from bn_models.spec import TrainingSpec
from service.database.engine import Database
from service.database.tables import Job
from service.store import jobs, pages
from service.store.pages import Page


def submit(database: Database, name: str) -> None:
    with database.write() as session:
        jobs.submit(session, TrainingSpec.model_validate({"dataset": "circles"}), name=name, now=1.0)


def page(database: Database, after: str | None, limit: int = 2) -> Page[str | None]:
    with database.read() as session:
        return pages.page(session, select(Job), Job.id, limit=limit, after=after).map(lambda job: job.name)


def test_pages_are_newest_first_and_what_is_new_moves_nothing(database: Database) -> None:
    for name in ("a", "b", "c", "d"):
        submit(database, name)
    first = page(database, None)
    submit(database, "e")
    second = page(database, first.next)
    assert (first.items, second.items, second.next) == (["d", "c"], ["b", "a"], None)


def test_a_page_without_rows_is_the_last(database: Database) -> None:
    assert page(database, None) == Page([], None)
    submit(database, "a")
    assert page(database, None, limit=1) == Page(["a"], None)
