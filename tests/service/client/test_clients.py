import asyncio
import inspect
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import fastapi.routing
import httpx
import pytest

from service.client import AsyncBNLab, BNLab, JobJson, ServerError, endpoints
from service.client.responses import NotSent
from service.client.results import AsyncResults, Results
from service.database.engine import Database
from tests.support.played_worker import PlayedWorker
from tests.support.processes import bnlab, reserved_port, until


def test_problems_are_errors_that_say_what_to_fix(server: str) -> None:
    with BNLab(server) as lab:
        with pytest.raises(ServerError, match=r"422: body\.dataset"):
            lab.submit({})
        with pytest.raises(ServerError, match="404: there is no job"):
            lab.job("none")
        with pytest.raises(ServerError, match="404: there is no job"):
            next(lab.events("none"))


def test_an_id_is_one_part_of_the_path(server: str) -> None:
    with BNLab(server) as lab:
        for nothing in ("", "..", "a/b"):
            with pytest.raises(NotSent, match="is not an id or a name"):
                lab.job(nothing)
        with pytest.raises(ServerError, match=r"404: there is no job 'a\?wait=1#b'"):
            lab.job("a?wait=1#b")
        with pytest.raises(ServerError, match="404: there is no model 'circles'"):
            lab.predict("circles/versions/1", [[1, 2]])


@pytest.mark.parametrize(("status", "told"), [(200, "does not answer with JSON"), (302, "leads to /login")])
def test_another_server_is_recognized(status: int, told: str) -> None:
    other = answering((status, {"Location": "/login"}), body=b"<html>")
    with other as (server, _), BNLab(server) as lab, pytest.raises(ServerError, match=told):
        lab.jobs()


def test_events_of_a_quiet_job_are_waited_for(
    server: str, worker: PlayedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server sends keep-alive comments, here many a second instead of one every 15: they are not events."""
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.05)
    with BNLab(server) as lab:
        job = lab.submit({"dataset": "circles"})
        threading.Timer(0.6, lambda: httpx.post(f"{server}/v1/jobs/{job['id']}/cancel")).start()
        assert [event.event for event in lab.events(job["id"])] == ["status", "status", "done"]


@pytest.mark.slow
def test_events_go_on_after_the_server_was_restarted(database: Database, database_url: str, tmp_path: Path) -> None:
    played = PlayedWorker(database)

    async def wait(job_id: str) -> JobJson:
        async with AsyncBNLab(f"http://127.0.0.1:{port}") as asynchronous:
            return await asynchronous.wait(job_id)

    with reserved_port() as port, ThreadPoolExecutor() as threads, BNLab(f"http://127.0.0.1:{port}") as lab:
        with bnlab("api", "--port", str(port), log=tmp_path / "log", database=database_url):
            until(lambda: _answers(lab))
            job = lab.submit({"dataset": "circles"})
            heard: list[str] = []

            def follow() -> None:
                for event in lab.events(job["id"]):
                    heard.append(event.event)

            followed = threads.submit(follow)
            waited = threads.submit(lambda: asyncio.run(wait(job["id"])))
            lease = played.claim()
            played.epoch(lease, 1)
            until(lambda: "epoch" in heard)
        played.epoch(lease, 2)
        with bnlab("api", "--port", str(port), log=tmp_path / "log", database=database_url):
            played.succeed(lease)
            followed.result(30)
            assert waited.result(30)["status"] == "succeeded"
    assert (heard.count("epoch"), heard[-1]) == (2, "done")


def _answers(lab: BNLab) -> bool:
    try:
        return bool(lab.jobs())
    except ServerError:
        return False


def test_errors_carry_the_status_and_the_fields_at_fault(server: str) -> None:
    with BNLab(server) as lab, pytest.raises(ServerError) as caught:
        lab.submit({"dataset": "circles", "epochs": 0})
    assert caught.value.status == 422
    assert caught.value.errors[0]["loc"] == ["body", "epochs"]


def test_the_asynchronous_client_submits_follows_and_predicts(server: str, worker: PlayedWorker) -> None:
    async def follow() -> tuple[JobJson, list[list[float]]]:
        async with AsyncBNLab(server) as lab:
            job = await lab.submit({"dataset": "circles"})
            ended = asyncio.create_task(lab.wait(job["id"]))
            await asyncio.to_thread(lambda: worker.succeed(worker.claim()))
            await ended
            assert (await lab.jobs(status="succeeded"))["data"] == [ended.result()]
            return ended.result(), await lab.predict(job["id"], [[0.1, 0.2]])

    job, predictions = asyncio.run(follow())
    assert job["status"] == "succeeded"
    assert len(predictions) == 1


def surface(client: type) -> dict[str, list[str]]:
    """The public methods of a client and the names of their parameters."""
    methods = {name: method for name, method in vars(client).items() if not name.startswith("_") or name == "__init__"}
    return {name: list(inspect.signature(method).parameters) for name, method in methods.items()}


def test_both_clients_have_the_same_methods() -> None:
    assert surface(AsyncBNLab) == surface(BNLab)
    assert surface(AsyncResults) == surface(Results)
    assert {"upload", "infer", "results", "wait", "wait_study", "comparison", "report"} <= set(surface(BNLab))


@pytest.mark.slow
def test_the_asynchronous_client_uploads_compares_and_reads_results(
    server: str, worker: PlayedWorker, tmp_path: Path
) -> None:
    async def compare() -> None:
        async with AsyncBNLab(server) as lab:
            await lab.upload("points", points(tmp_path), target="y")
            assert (await lab.dataset("points"))["rows"] == 20_000
            study = await lab.submit_study({"base": {"dataset": "circles"}, "grid": {"epochs": [1]}, "seeds": 1})
            finished = asyncio.create_task(lab.wait_study(study["id"]))
            await asyncio.to_thread(lambda: worker.succeed(worker.claim()))
            assert (await finished)["status"] == "finished"
            found = await lab.comparison(study["id"], threshold=0.5, metric="val_loss", margin=None)
            assert [arm["runs"] for arm in found["arms"]] == [1]
            assert (found["metric"], found["threshold"], found["margin"]) == ("val_loss", 0.5, None)
            assert b"val_loss" in await lab.report(study["id"], "md", metric="val_loss")
            assert (await lab.report(study["id"], "csv")).startswith(b"arm")
            results = lab.results(study["arms"][0]["jobs"][0])
            assert (await results.predict([[0.1, 0.2]])).shape == (1, 1)
            assert "val_loss" in await results.metrics()
            assert await results.onnx() == await lab.model(results.job_id)

    asyncio.run(compare())


def points(folder: Path) -> Path:
    file = folder / "points.csv"
    file.write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(20_000)))
    return file


@pytest.mark.slow
def test_an_upload_that_is_tried_again_sends_the_whole_file_again(server: str, tmp_path: Path) -> None:
    file = points(tmp_path)
    with BNLab(server) as lab:
        call = endpoints.upload("points", file, {"target": "y", "seed": None})
        assert [b"".join(call.options["content"]) for _ in range(2)] == [file.read_bytes()] * 2
        assert lab.json(call)["rows"] == 20_000
        with pytest.raises(ServerError, match=r"must end in \.csv"):
            lab.upload("points", tmp_path / "points.xlsx")


@contextmanager
def answering(*answers: tuple[int, dict[str, str]], body: bytes = b'{"data": []}') -> Iterator[tuple[str, list[float]]]:
    """A server that gives these statuses and headers one after the other; its URL and the times it was asked."""
    asked: list[float] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers = answers[len(asked)]
            asked.append(time.monotonic())
            sent = body if status < 400 else b'{"detail": "busy"}'
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(sent))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}", asked
        http.shutdown()
        thread.join()


async def _jobs(server: str) -> Any:
    async with AsyncBNLab(server) as lab:
        return await lab.jobs()


@pytest.mark.slow
def test_busy_servers_are_asked_again_after_the_time_they_say() -> None:
    with answering((503, {"Retry-After": "0.7"}), (429, {}), (200, {})) as (server, asked), BNLab(server) as lab:
        assert lab.jobs() == {"data": []}
    assert asked[1] - asked[0] >= 0.7  # left to itself it is half a second
    assert asked[2] - asked[1] >= 1.0  # the second pause of those that grow
    with answering((503, {"Retry-After": "0.7"}), (200, {})) as (server, asked):
        assert asyncio.run(_jobs(server)) == {"data": []}
    assert asked[1] - asked[0] >= 0.7


def test_a_server_that_stays_busy_is_an_error() -> None:
    busy = answering(*[(429, {"Retry-After": "0"})] * 8)
    with busy as (server, asked), BNLab(server) as lab, pytest.raises(ServerError, match="429: busy"):
        lab.jobs()
    assert len(asked) == 4
