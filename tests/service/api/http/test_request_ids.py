import json
from pathlib import Path

import httpx
import pytest

from tests.support.processes import Client, bnlab, until, url_in


def test_the_clients_id_comes_back(http: httpx.Client) -> None:
    assert http.get("/healthz", headers={"X-Request-ID": "mine-1"}).headers["X-Request-ID"] == "mine-1"
    assert http.get("/v1/jobs/none", headers={"X-Request-ID": "mine-2"}).headers["X-Request-ID"] == "mine-2"


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129, "tab\tbed"])
def test_without_a_well_formed_one_an_id_is_made(http: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    made = [http.get("/healthz", headers=headers).headers["X-Request-ID"] for _ in range(2)]
    assert all(len(one) == 32 for one in made)
    assert made[0] != made[1]


@pytest.mark.slow
def test_every_line_of_the_service_is_json_and_names_request_and_job(tmp_path: Path) -> None:
    log = tmp_path / "log"
    settings = {"database": f"sqlite:///{tmp_path / 'bnlab.db'}", "slots": "1", "log_format": "json"}
    with (
        bnlab("serve", log=log, **settings),
        Client(base_url=url_in(log), timeout=120) as http,
    ):
        http.until_ready()
        answer = http.post("/v1/jobs", json={"dataset": "circles", "epochs": 2}, headers={"X-Request-ID": "from-me"})
        job_id = answer.json()["id"]
        http.succeeded(job_id)
        until(lambda: "(succeed)" in log.read_text())
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    about = [line for line in lines if line.get("job_id") == job_id]
    assert [line["message"].rpartition(": ")[2] for line in about] == [
        "queued",
        "attempt 1 starts",
        "attempt 1 ends (succeed)",
    ]
    assert about[0]["request_id"] == "from-me"
