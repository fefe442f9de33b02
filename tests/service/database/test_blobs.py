from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from service.database import blobs
from service.database.engine import Database


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(size=st.sampled_from([0, 1, blobs.CHUNK - 1, blobs.CHUNK, blobs.CHUNK + 1, 3 * blobs.CHUNK]), seed=st.binary())
def test_bytes_come_back_as_they_were(database: Database, size: int, seed: bytes) -> None:
    data = (seed + b"x") * size
    with database.write() as session:
        blob = blobs.write(session, data[:size])
    with database.read() as session:
        assert blobs.read(session, blob) == data[:size]


@pytest.mark.parametrize("size", [0, 1, blobs.CHUNK, 3 * blobs.CHUNK + 1])
def test_files_come_back_as_they_were(database: Database, tmp_path: Path, size: int) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(b"x1" * size)
    with database.write() as session:
        blob = blobs.write_file(session, source)
    with database.read() as session, copy.open("wb") as file:
        blobs.copy(session, blob, file)
        assert blobs.read(session, blob) == source.read_bytes()
    assert copy.read_bytes() == source.read_bytes()


def test_damage_is_noticed(database: Database) -> None:
    with database.write() as session:
        blob = blobs.write(session, b"weights")
        session.flush()
        session.execute(text("UPDATE blob_chunks SET data = x'00'"))
    with database.read() as session:
        with pytest.raises(OSError, match="damaged"):
            blobs.read(session, blob)
        with pytest.raises(OSError, match="damaged"):
            blobs.copy(session, blob, BytesIO())


def test_removed_blobs_take_their_chunks_along(database: Database) -> None:
    with database.write() as session:
        blob = blobs.write(session, b"weights")
        session.flush()
        blobs.remove(session, [blob])
        assert session.execute(text("SELECT count(*) FROM blob_chunks")).scalar_one() == 0
