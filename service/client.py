"""The Python client: everything over the public HTTP API."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from httpx_sse import ServerSentEvent, connect_sse

Job = dict[str, Any]
MEDIA_TYPES = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".npz": "application/x-npz"}


class ServerError(Exception):
    """The server refused a request, or could not be reached; the message says why."""


class BNLab:
    """``with BNLab("http://127.0.0.1:8000") as lab: job = lab.submit({"dataset": "circles"})``."""

    def __init__(self, server: str, timeout: float = 60.0) -> None:
        self._http = httpx.Client(base_url=server, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def submit(self, spec: Mapping[str, Any]) -> Job:
        job: Job = self._json("POST", "/v1/jobs", json=spec)
        return job

    def job(self, job_id: str, wait: float = 0) -> Job:
        """The job; with ``wait``, once it has ended or the seconds have passed."""
        job: Job = self._json("GET", f"/v1/jobs/{job_id}", params={"wait": wait})
        return job

    def jobs(self, **filters: str | int) -> dict[str, Any]:
        """A page of jobs, newest first: ``{"data": […], "has_more", "next"}``."""
        page: dict[str, Any] = self._json("GET", "/v1/jobs", params=filters)
        return page

    def cancel(self, job_id: str) -> Job:
        job: Job = self._json("POST", f"/v1/jobs/{job_id}/cancel")
        return job

    def metrics(self, job_id: str) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = self._json("GET", f"/v1/jobs/{job_id}/metrics")
        return columns

    def upload(self, name: str, file: Path, **options: Any) -> dict[str, Any]:
        """Stores a .csv, .parquet or .npz file as dataset ``name``; options: target, task, test_fraction, seed, …"""
        media_type = MEDIA_TYPES.get(file.suffix.lower())
        if media_type is None:
            raise ServerError(f"{file}: the name must end in {', '.join(MEDIA_TYPES)}")
        query = {option: value for option, value in options.items() if value is not None}
        with file.open("rb") as content:
            dataset: dict[str, Any] = self._json(
                "PUT", f"/v1/datasets/{name}", params=query, content=content, headers={"Content-Type": media_type}
            )
        return dataset

    def predict(self, model: str, rows: Any) -> list[list[float]]:
        """Class probabilities of raw rows, one list a row."""
        predictions: list[list[float]] = self._json("POST", f"/v1/models/{model}:predict", json={"instances": rows})[
            "predictions"
        ]
        return predictions

    def ready(self) -> bool:
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def events(self, job_id: str, after: int = 0) -> Iterator[ServerSentEvent]:
        """The job's events with numbers above ``after``, live, until it has ended."""
        headers = {"Last-Event-ID": str(after)}
        try:
            with connect_sse(self._http, "GET", f"/v1/jobs/{job_id}/events", headers=headers) as source:
                if source.response.is_error:
                    source.response.read()
                    raise ServerError(_reason(source.response))
                yield from (event for event in source.iter_sse() if event.data)  # keep-alive comments have none
        except httpx.TransportError as error:
            raise ServerError(f"the connection to {self._http.base_url} failed: {error}") from error

    def _json(self, method: str, path: str, **request: Any) -> Any:
        try:
            response = self._http.request(method, path, **request)
        except httpx.TransportError as error:
            raise ServerError(f"{self._http.base_url} cannot be reached: {error}") from error
        if response.is_error:
            raise ServerError(_reason(response))
        return response.json()


def _reason(response: httpx.Response) -> str:
    try:
        return f"{response.status_code}: {response.json()['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code}: {response.text[:200]}"
