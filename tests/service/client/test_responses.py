import httpx
import pytest

from service.client.responses import LONGEST_PAUSE, PAUSES, ServerError, checked, decoded, pause_before_retry


def answer(status: int, content: bytes = b"{}", headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, content=content, headers=headers, request=httpx.Request("GET", "http://server/v1"))


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "0.2"}, 0.2),
        ({"Retry-After": "-1"}, 0.0),
        ({"Retry-After": "99999"}, LONGEST_PAUSE),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, PAUSES[1]),
        ({}, PAUSES[1]),
    ],
)
def test_busy_servers_say_how_long_to_wait(headers: dict[str, str], pause: float) -> None:
    assert pause_before_retry(answer(503, headers=headers), tries=2) == pause


def test_other_answers_stand_and_so_does_that_of_the_last_try() -> None:
    assert pause_before_retry(answer(200), tries=1) is None
    assert pause_before_retry(answer(500), tries=1) is None
    assert pause_before_retry(answer(429), tries=len(PAUSES) + 1) is None


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (answer(422, b'{"detail": "epochs is 0", "errors": [{"loc": ["epochs"], "msg": "too few"}]}'), "epochs is 0"),
        (answer(502, b"<html>bad gateway"), "502: <html>bad gateway"),
        (answer(500, b"[1]"), r"500: \[1\]"),
        (answer(302, headers={"Location": "/login"}), "leads to /login"),
    ],
)
def test_errors_say_what_the_server_said(response: httpx.Response, told: str) -> None:
    with pytest.raises(ServerError, match=told):
        checked(response)


def test_an_answer_that_is_no_json_is_another_servers() -> None:
    with pytest.raises(ServerError, match="is it BN Lab's server"):
        decoded(answer(200, b"<html>"))
