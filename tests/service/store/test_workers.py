from service.database.engine import Database
from service.store import workers


def test_a_worker_is_alive_while_it_was_seen_lately(database: Database) -> None:
    with database.write() as session:
        workers.seen(session, "w", slots=2, now=100.0)
        assert workers.any_alive(session, now=100.0 + workers.SEEN_LATELY - 1)
        assert not workers.any_alive(session, now=100.0 + workers.SEEN_LATELY)
        workers.seen(session, "w", slots=2, now=200.0)
        assert workers.any_alive(session, now=200.0)
        workers.gone(session, "w")
        assert not workers.any_alive(session, now=200.0)
