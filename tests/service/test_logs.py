import json
import logging
from collections.abc import Iterator

import pytest

from service import logs


@pytest.fixture(autouse=True)
def _root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_json_lines_carry_request_and_job(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json", "info")
    log = logging.getLogger("some.module")
    token = logs.request_id.set("r1")
    log.info("job %s: queued", "j1", extra={"job_id": "j1"})
    logs.request_id.reset(token)
    log.debug("not shown")
    try:
        raise ValueError("broken")
    except ValueError:
        log.exception("two\nlines")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["message"], first["request_id"], first["job_id"]) == ("job j1: queued", "r1", "j1")
    assert (first["level"], first["logger"]) == ("INFO", "some.module")
    assert first["time"].startswith("20")
    assert "request_id" not in second
    assert "ValueError: broken" in second["exc_info"]


def test_text_lines_stay_short(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text", "warning")
    logging.getLogger("some.module").warning("careful")
    logging.getLogger("some.module").info("not shown")
    assert capsys.readouterr().err == "WARNING:     careful\n"
