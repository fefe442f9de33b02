"""Commands as a person types them, against a running service."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Client, bnlab, free_port


def run(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "160", **{f"BNLAB_{key.upper()}": value for key, value in settings.items()}}
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        input=stdin, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("cli"), free_port()
    url = f"http://127.0.0.1:{port}"
    database = f"sqlite:///{folder / 'bnlab.db'}"
    with (
        bnlab("serve", "--port", str(port), "--slots", "1", log=folder / "log", database=database),
        Client(base_url=url) as http,
    ):
        http.until_ready()
        yield url


@pytest.mark.slow
def test_submit_watch_jobs_predict(server: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text('{"dataset": "circles", "epochs": 3, "name": "from a file"}')
    submitted = run("submit", str(spec), server=server)
    assert submitted.returncode == 0, submitted.stderr
    job_id = submitted.stdout.strip()
    watched = run("watch", job_id, "--server", server)
    assert watched.returncode == 0, watched.stderr
    assert "succeeded" in watched.stdout
    listed = run("jobs", "--status", "succeeded", server=server)
    assert job_id in listed.stdout
    assert "from a file" in listed.stdout
    predicted = run("predict", job_id, "-", "--json", stdin="[[0.1, 0.2]]", server=server)
    [[probability]] = json.loads(predicted.stdout)
    assert 0 < probability < 1


@pytest.mark.slow
def test_json_for_scripts_and_exit_codes(server: str) -> None:
    job = json.loads(run("submit", "-", "--json", stdin='{"dataset": "moons", "epochs": 50000}', server=server).stdout)
    assert json.loads(run("cancel", job["id"], "--json", server=server).stdout)["status"] == "cancelled"
    watched = run("watch", job["id"], "--json", server=server)
    assert watched.returncode == 1
    assert json.loads(watched.stdout)[0]["status"] == "cancelled"
    again = run("cancel", job["id"], server=server)
    assert again.returncode == 1
    assert "cancelled already" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "stdin", "told"),
    [
        (("submit", "-"), '{"dataset": "nonsense"}', "dataset"),
        (("submit", "-"), "not json", "Expecting value"),
        (("submit", "nowhere.json"), "", "nowhere.json"),
        (("watch", "nothing"), "", "no job"),
        (("predict", "nothing", "-"), "[[1]]", "no model"),
    ],
)
@pytest.mark.slow
def test_what_went_wrong_is_said_in_one_line(server: str, arguments: tuple[str, ...], stdin: str, told: str) -> None:
    result = run(*arguments, stdin=stdin, server=server)
    assert result.returncode != 0
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_a_server_that_is_not_there() -> None:
    result = run("jobs", "--server", f"http://127.0.0.1:{free_port()}")
    assert result.returncode == 1
    assert "cannot be reached" in result.stderr


def test_flags_win_over_the_environment(tmp_path: Path) -> None:
    chosen, other = tmp_path / "chosen.db", tmp_path / "other.db"
    result = run("db", "upgrade", "--database", f"sqlite:///{chosen}", database=f"sqlite:///{other}")
    assert result.returncode == 0, result.stderr
    assert chosen.exists()
    assert not other.exists()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"port": "http"}, "port"),
        ({"slots": "0"}, "slots"),
        ({"xla": "maybe"}, "xla"),
        ({"database": "nonsense"}, "database"),
        ({"database": "sqlite:////nowhere/at/all.db"}, "unable to open"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, str], told: str) -> None:
    result = run("db", "upgrade", **settings)
    assert result.returncode in (1, 2)
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_doctor(tmp_path: Path) -> None:
    findings = run("doctor", "--json", database=f"sqlite:///{tmp_path / 'a.db'}", data_dir=str(tmp_path / "none"))
    by_name = {finding["what"]: finding for finding in json.loads(findings.stdout)}
    assert findings.returncode == 1
    assert by_name["sqlite"]["ok"]
    assert by_name["database"]["ok"]
    assert not by_name["data directory"]["ok"]


@pytest.mark.slow
def test_upload_and_train_a_regression(server: str, tmp_path: Path) -> None:
    table = tmp_path / "doubled.csv"
    table.write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(50)))
    uploaded = run("upload", str(table), "--target", "y", "--task", "regression", server=server)
    assert uploaded.stdout.strip() == "doubled: 40 rows to train and 10 to test on", uploaded.stderr
    job_id = run("submit", "-", stdin='{"dataset": "doubled", "epochs": 3}', server=server).stdout.strip()
    watched = run("watch", job_id, server=server)
    assert watched.returncode == 0, watched.stderr
    refused = run("upload", str(table), "--target", "z", "--name", "other", server=server)
    assert refused.returncode == 1
    assert "no column 'z' to predict" in refused.stderr
