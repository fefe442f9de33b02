import pytest
from sqlalchemy.orm import Session

from service.database.engine import Database
from service.errors import Conflict, Invalid, NotFound
from service.store import aliases, jobs
from tests.support.job_states import bring_to


@pytest.fixture
def job_ids(database: Database) -> list[str]:
    return [bring_to(database, "succeeded") for _ in range(3)]


def point(database: Database, name: str, job_id: str, label: str | None = None) -> int:
    with database.write() as session:
        return aliases.point(session, name, job_id, label=label, now=1.0)[0].latest


def meant(database: Database, name: str, version: int | None = None, label: str | None = None) -> tuple[int, str]:
    with database.read() as session:
        found = aliases.find(session, name, version, label)
        return found.version, found.stored.job_id


def test_each_repointing_makes_a_version_that_stays(database: Database, job_ids: list[str]) -> None:
    first, second, third = job_ids
    assert [point(database, "circles", job_id) for job_id in (first, second, third, first)] == [1, 2, 3, 4]
    assert meant(database, "circles") == (4, first)
    assert [meant(database, "circles", version) for version in (1, 2, 3)] == [(1, first), (2, second), (3, third)]
    with database.read() as session:
        assert aliases.versions(session, "circles") == [4, 3, 2, 1]


def test_pointing_to_the_same_job_again_changes_nothing(database: Database, job_ids: list[str]) -> None:
    assert [point(database, "circles", job_ids[0]) for _ in range(2)] == [1, 1]
    assert point(database, "circles", job_ids[0], "stable") == 2
    assert point(database, "circles", job_ids[0], "stable") == 2


def test_only_the_first_pointing_creates(database: Database, job_ids: list[str]) -> None:
    with database.write() as session:
        created = [aliases.point(session, "circles", job_id, now=1.0)[1] for job_id in (*job_ids[:1] * 2, job_ids[1])]
    assert created == [True, False, False]


def test_a_label_moves_to_the_version_that_is_given_it(database: Database, job_ids: list[str]) -> None:
    first, second, third = job_ids
    point(database, "circles", first, "stable")
    point(database, "circles", second, "canary")
    assert meant(database, "circles", label="stable") == (1, first)
    assert meant(database, "circles", label="canary") == (2, second)
    point(database, "circles", third, "stable")
    assert meant(database, "circles", label="stable") == (3, third)
    assert meant(database, "circles", 1) == (1, first)


def test_a_job_id_is_version_1_of_itself(database: Database, job_ids: list[str]) -> None:
    assert meant(database, job_ids[0]) == meant(database, job_ids[0], 1) == (1, job_ids[0])
    with database.read() as session:
        assert aliases.versions(session, job_ids[0]) == [1]


@pytest.mark.parametrize(
    ("version", "label"),
    [(2, None), (0, None), (999_999_999, None), (None, "stable")],
)
@pytest.mark.parametrize("named_by", ["alias", "job id"])
def test_what_there_is_not(
    database: Database, job_ids: list[str], version: int | None, label: str | None, named_by: str
) -> None:
    point(database, "circles", job_ids[0])
    name = "circles" if named_by == "alias" else job_ids[0]
    with pytest.raises(NotFound, match="has no"):
        meant(database, name, version, label)


@pytest.mark.parametrize("name", ["nothing", "0" * 32, "a\x00b", "…", "a b", "-a", ""])
def test_unknown_names(database: Database, name: str) -> None:
    with pytest.raises(NotFound, match="no model"):
        meant(database, name)
    with pytest.raises(NotFound), database.write() as session:
        aliases.remove(session, name)


@pytest.mark.parametrize("name", ["0" * 32, "ABCDEF0123456789" * 2, "a b", "a:b", "a/b", ".a", "ä", "", "a" * 101])
def test_names_that_cannot_be_aliases(database: Database, job_ids: list[str], name: str) -> None:
    with pytest.raises(Invalid, match="alias"):
        point(database, name, job_ids[0])
    if name not in ("0" * 32, "ABCDEF0123456789" * 2):
        with pytest.raises(Invalid, match="label"):
            point(database, "circles", job_ids[0], name)


def test_only_jobs_with_models_get_names(database: Database) -> None:
    with pytest.raises(NotFound):
        point(database, "circles", "f" * 32)
    with pytest.raises(Conflict, match="queued"):
        point(database, "circles", bring_to(database, "queued"))


def test_a_job_that_an_alias_means_stays(database: Database, job_ids: list[str]) -> None:
    first, second, third = job_ids
    point(database, "old-circles", first, "stable")
    point(database, "old-circles", second)
    point(database, "old-circles", third)
    for job_id in (first, third):
        with pytest.raises(Conflict, match="'old-circles'"), database.write() as session:
            jobs.remove(session, job_id)
    with database.write() as session:
        jobs.remove(session, second)
    with pytest.raises(NotFound):
        meant(database, "old-circles", 2)
    assert meant(database, "old-circles") == (3, third)
    assert point(database, "old-circles", first) == 4


def test_removing_an_alias_frees_its_jobs(database: Database, job_ids: list[str]) -> None:
    point(database, "circles", job_ids[0])
    with database.write() as session:
        aliases.remove(session, "circles")
        jobs.remove(session, job_ids[0])
    with pytest.raises(NotFound):
        meant(database, "circles")
    assert point(database, "circles", job_ids[1]) == 1


def test_pages_are_newest_first_and_stable_under_inserts(database: Database, job_ids: list[str]) -> None:
    def page(session: Session, after: str | None) -> tuple[list[str], str | None]:
        found = aliases.page(session, limit=2, after=after)
        return [alias.name for alias in found.items], found.next

    for name in ("a", "c", "b"):
        point(database, name, job_ids[0])
    with database.read() as session:
        names, cursor = page(session, None)
    assert names == ["b", "c"]
    assert cursor is not None
    point(database, "d", job_ids[0])
    point(database, "a", job_ids[1])
    with database.read() as session:
        assert page(session, cursor) == (["a"], None)
