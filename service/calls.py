"""The requests of the public API, built once for the synchronous and the asynchronous client."""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

import httpx

from service.vocabulary import MEDIA_TYPES

Job = dict[str, Any]
Study = dict[str, Any]
LOOK_SECONDS = 0.5
"""Between two looks at a study, which has no events to follow."""
PAUSES = (0.5, 1.0, 2.0)
"""Seconds between the tries of a request that was answered 429 or 503, where Retry-After does not say."""
LONGEST_PAUSE = 30.0
RECONNECT_SECONDS = 30.0
"""How long a server that goes away while its events are followed may take to come back."""
PIECE = 1 << 16
SUFFIXES = {f".{format}": media_type for format, media_type in MEDIA_TYPES.items()}


class ServerError(Exception):
    """The server refused a request, or could not be reached; the message says why.

    ``status`` is None when there was no answer; ``errors`` are the fields at fault: ``{"loc": […], "msg"}``.
    """

    def __init__(self, message: str, status: int | None = None, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status, self.errors = status, errors or []


class NotSent(ServerError):
    """The arguments make no request: nothing was sent."""


@dataclass(frozen=True)
class Pieces:
    """The bytes of a file, from the beginning for every try."""

    file: Path

    def __iter__(self) -> Iterator[bytes]:
        with self.file.open("rb") as content:
            yield from iter(lambda: content.read(PIECE), b"")


@dataclass(frozen=True)
class AsyncPieces:
    """:class:`Pieces` for asyncio."""

    file: Path

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self.file.open("rb") as content:
            while piece := await asyncio.to_thread(content.read, PIECE):
                yield piece


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


def submit(spec: Mapping[str, Any]) -> Call:
    return Call("POST", "/v1/jobs", {"json": spec})


def job(job_id: str, wait: float) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}", {"params": {"wait": wait}})


def jobs(filters: Mapping[str, str | int]) -> Call:
    return Call("GET", "/v1/jobs", {"params": filters})


def cancel(job_id: str) -> Call:
    return Call("POST", f"/v1/jobs/{_part(job_id)}/cancel")


def retry(job_id: str) -> Call:
    return Call("POST", f"/v1/jobs/{_part(job_id)}/retry")


def delete(job_id: str) -> Call:
    return Call("DELETE", f"/v1/jobs/{_part(job_id)}")


def metrics(job_id: str, after: int) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/metrics", {"params": {"after": after}})


def events(job_id: str, after: int) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/events", {"headers": {"Last-Event-ID": str(after)}})


def model(job_id: str, format: str) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/model", {"params": {"format": format}})


def predict(model: str, rows: Any) -> Call:
    return Call("POST", f"/v1/models/{_model(model)}:predict", {"json": {"instances": rows}})


def infer(model: str, body: bytes, headers: Mapping[str, str]) -> Call:
    """With binary tensors."""
    return Call("POST", f"/v2/models/{_model(model)}/infer", {"content": body, "headers": headers})


def openapi() -> Call:
    return Call("GET", "/openapi.json")


def diagnostics(job_id: str) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/diagnostics")


def studies(after: str | None) -> Call:
    return Call("GET", "/v1/studies", {"params": {"after": after} if after else {}})


def create_study(body: Mapping[str, Any]) -> Call:
    return Call("POST", "/v1/studies", {"json": body})


def study(study_id: str) -> Call:
    return Call("GET", f"/v1/studies/{_part(study_id)}")


def comparison(study_id: str, threshold: float | None) -> Call:
    params = {} if threshold is None else {"threshold": threshold}
    return Call("GET", f"/v1/studies/{_part(study_id)}/comparison", {"params": params})


def report(study_id: str, format: str, threshold: float | None) -> Call:
    params = {"format": format} | ({} if threshold is None else {"threshold": threshold})
    return Call("GET", f"/v1/studies/{_part(study_id)}/report", {"params": params})


def cancel_study(study_id: str) -> Call:
    return Call("POST", f"/v1/studies/{_part(study_id)}/cancel")


def delete_study(study_id: str) -> Call:
    return Call("DELETE", f"/v1/studies/{_part(study_id)}")


def presets() -> Call:
    return Call("GET", "/v1/presets")


def datasets() -> Call:
    return Call("GET", "/v1/datasets", {"params": {"limit": 1000}})


def dataset(name: str) -> Call:
    return Call("GET", f"/v1/datasets/{_part(name)}")


def upload(name: str, file: Path, options: Mapping[str, Any]) -> Call:
    """Raises NotSent for a file whose name does not tell its format."""
    media_type = SUFFIXES.get(file.suffix.lower())
    if media_type is None:
        raise NotSent(f"{file}: the name must end in {', '.join(SUFFIXES)}")
    query = {option: value for option, value in options.items() if value is not None}
    request = {"params": query, "content": Pieces(file), "headers": {"Content-Type": media_type}}
    return Call("PUT", f"/v1/datasets/{_part(name)}", request)


def suggested_name(file: PurePath) -> str:
    """The file's name as the name of a dataset."""
    return re.sub(r"[^a-z0-9_-]+", "_", file.stem.lower())[:64]


def delete_dataset(name: str) -> Call:
    return Call("DELETE", f"/v1/datasets/{_part(name)}")


def _part(name: str) -> str:
    """``name`` as a part of a path. Raises NotSent where it is none."""
    if not name or "/" in name or not name.strip("."):
        raise NotSent(f"{name!r} is not an id or a name")
    return quote(name, safe="")


def _model(name: str) -> str:
    """A model may be named with a version or a label, as ``circles/versions/2``."""
    return "/".join(_part(part) for part in name.split("/"))


class Connection:
    """To events: a server that goes away has a while to come back; one that was never there is not waited for."""

    def __init__(self) -> None:
        self._broken: float | None = -math.inf  # since when

    def made(self) -> None:
        self._broken = None

    def broke(self, server: httpx.URL, error: httpx.TransportError) -> None:
        """Raises ServerError when it is not to be made again."""
        now = time.monotonic()
        self._broken = now if self._broken is None else self._broken
        if now - self._broken >= RECONNECT_SECONDS:
            raise ServerError(f"the connection to {server} failed: {error}") from error


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
