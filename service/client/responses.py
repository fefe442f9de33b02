"""What the server answered: errors, tries and JSON, for both clients."""

from collections.abc import Mapping
from typing import Any

import httpx

PAUSES = (0.5, 1.0, 2.0)
"""Seconds between the tries of a request that was answered 429 or 503, where Retry-After does not say."""
LONGEST_PAUSE = 30.0


class ServerError(Exception):
    """The server refused a request, or could not be reached; the message says why.

    ``status`` is None when there was no answer; ``errors`` are the fields at fault: ``{"loc": […], "msg"}``.
    """

    def __init__(self, message: str, status: int | None = None, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status, self.errors = status, errors or []

    def of_file(self, words: Mapping[str, str]) -> str | None:
        """What is wrong with an uploaded file, with ``words`` for the codes of what helps; None of anything else.

        The message itself speaks of the parameters of a request, which command line and pages do not show.
        """
        found = next((item for item in self.errors if item.get("fact")), None)
        if found is None:
            return None
        fact, remedies = found["fact"], [words.get(one.get("code"), one["msg"]) for one in found["remedies"]]
        joint = "; " if ": " in fact or "; " in fact else ": "
        return str(fact) + (joint + ", or ".join(remedies) if remedies else "")


class NotSent(ServerError, ValueError):
    """The arguments make no request: what was asked for was not sent."""


def pause_before_retry(response: httpx.Response, tries: int) -> float | None:
    """Seconds to wait before the request is tried again; None when its answer stands."""
    if response.status_code not in (429, 503) or tries > len(PAUSES):
        return None
    try:
        return min(max(float(response.headers["Retry-After"]), 0.0), LONGEST_PAUSE)
    except (KeyError, ValueError):  # not given, or given as a date
        return PAUSES[tries - 1]


def decoded(response: httpx.Response) -> Any:
    """The JSON of an answer; raises ServerError for another server's answer, which has none."""
    try:
        return response.json()
    except ValueError as error:
        raise ServerError(f"{response.url} does not answer with JSON: is it BN Lab's server?") from error


def checked(response: httpx.Response) -> httpx.Response:
    """The response, if it is no error; raises ServerError with what the problem document says."""
    if response.is_success:
        return response
    if response.is_redirect:
        raise ServerError(f"{response.url} leads to {response.headers['Location']}: give the server's own URL")
    try:
        problem = response.json()
        message, errors = f"{response.status_code}: {problem['detail']}", problem.get("errors")
    except (ValueError, KeyError, TypeError):
        message, errors = f"{response.status_code}: {response.text[:200]}", None
    raise ServerError(message, response.status_code, errors)
