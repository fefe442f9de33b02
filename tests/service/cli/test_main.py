"""Commands of the service as a person types them."""

import json
import socket
from pathlib import Path

import pytest
from sqlalchemy import text

from service.database.engine import Database
from tests.support.processes import command, reserved_port


def test_flags_win_over_the_environment(tmp_path: Path) -> None:
    chosen, other = tmp_path / "chosen.db", tmp_path / "other.db"
    result = command("db", "upgrade", "--database", f"sqlite:///{chosen}", database=f"sqlite:///{other}")
    assert result.returncode == 0, result.stderr
    assert chosen.exists()
    assert not other.exists()


@pytest.mark.parametrize(
    ("settings", "told", "code"),
    [
        ({"port": "http"}, "port", 2),
        ({"slots": "0"}, "slots", 2),
        ({"xla": "maybe"}, "xla", 2),
        ({"database": "nonsense"}, "database", 5),
        ({"database": "sqlite://"}, "in the memory of one process: name a file", 5),
        ({"database": "sqlite:///:memory:"}, "in the memory of one process: name a file", 5),
        ({"database": "sqlite+aiosqlite:///a.db"}, "begin the URL with sqlite:///", 5),
        ({"database": "postgresql+asyncpg://u:secret@h/d"}, "u:***@h/d needs the driver 'asyncpg'", 5),
        ({"database": "sqlite:////nowhere/at/all.db"}, "unable to open", 5),
    ],
)
def test_bad_settings_are_named(settings: dict[str, str], told: str, code: int) -> None:
    result = command("db", "upgrade", **settings)
    assert (result.returncode, "Traceback" in result.stderr) == (code, False)
    assert told in result.stderr


def test_a_database_of_a_newer_release_is_refused(database: Database, database_url: str) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    result = command("db", "upgrade", database=database_url)
    assert result.returncode == 5
    assert "newer" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("api",), ("api", "--api-workers", "2"), ("serve", "--slots", "1")])
def test_an_address_that_is_taken_is_wrong_usage(arguments: tuple[str, ...], database_url: str) -> None:
    with reserved_port() as port, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        result = command(*arguments, "--port", str(port), database=database_url)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert "address already in use" in result.stderr.lower()


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+asyncpg://h/d"])
def test_doctor_says_what_is_wrong_with_the_address_of_a_database(url: str) -> None:
    findings = json.loads(command("doctor", "--json", database=url).stdout)
    assert next(finding["what"] for finding in findings if not finding["ok"]) == "database"


def test_doctor(tmp_path: Path) -> None:
    findings = command("doctor", "--json", database=f"sqlite:///{tmp_path / 'a.db'}", data_dir=str(tmp_path / "none"))
    by_name = {finding["what"]: finding for finding in json.loads(findings.stdout)}
    assert findings.returncode == 1
    assert by_name["sqlite"]["ok"]
    assert by_name["database"]["ok"]
    assert not by_name["data directory"]["ok"]
