"""The Python client, synchronous and asynchronous: everything over the public HTTP API.

Requests answered 429 or 503 are tried again, after the seconds that Retry-After asks for or with growing pauses.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
from httpx_sse import ServerSentEvent, aconnect_sse, connect_sse
from numpy.typing import ArrayLike, NDArray

from service import binary_tensors, calls
from service.calls import Call, ServerError
from service.results import Results

__all__ = ["AsyncBNLab", "BNLab", "Job", "ServerError"]

Job = dict[str, Any]


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
        job: Job = self.json(calls.submit(spec))
        return job

    def job(self, job_id: str, wait: float = 0) -> Job:
        """The job; with ``wait``, once it has ended or the seconds have passed."""
        job: Job = self.json(calls.job(job_id, wait))
        return job

    def jobs(self, **filters: str | int) -> dict[str, Any]:
        """A page of jobs, newest first: ``{"data": […], "has_more", "next"}``."""
        page: dict[str, Any] = self.json(calls.jobs(filters))
        return page

    def cancel(self, job_id: str) -> Job:
        job: Job = self.json(calls.cancel(job_id))
        return job

    def retry(self, job_id: str) -> Job:
        job: Job = self.json(calls.retry(job_id))
        return job

    def delete(self, job_id: str) -> None:
        self.send(calls.delete(job_id))

    def metrics(self, job_id: str) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = self.json(calls.metrics(job_id))
        return columns

    def diagnostics(self, job_id: str) -> dict[str, Any]:
        """What happened inside, in columns: ``{"epoch", "training_mode_accuracy", …, "layers": [{"name", …}]}``."""
        columns: dict[str, Any] = self.json(calls.diagnostics(job_id))
        return columns

    def upload(self, name: str, file: Path, **options: Any) -> dict[str, Any]:
        """Stores a .csv, .parquet or .npz file as dataset ``name``; options: target, task, test_fraction, seed, …"""
        dataset: dict[str, Any] = self.json(calls.upload(name, file, options))
        return dataset

    def predict(self, model: str, rows: Any) -> list[list[float]]:
        """Class probabilities of raw rows, one list a row."""
        predictions: list[list[float]] = self.json(calls.predict(model, rows))["predictions"]
        return predictions

    def model(self, job_id: str, format: str = "onnx") -> bytes:
        """The bytes of a job's model, as ``onnx`` or as the ``keras`` original."""
        return self.send(calls.model(job_id, format)).content

    def infer(self, model: str, rows: ArrayLike) -> NDArray[np.float32]:
        """As ``predict``, for arrays: raw rows (rows, \\*row_shape) in, (rows, outputs) out, sent as binary tensors."""
        body, headers = binary_tensors.request(rows)
        response = self.send(Call("POST", f"/v2/models/{model}/infer", {"content": body, "headers": headers}))
        return binary_tensors.predictions(response.content, response.headers)

    def results(self, job_id: str) -> Results:
        """The job's metrics, models and predictions as pandas, Keras and numpy have them."""
        return Results(self, job_id)

    def submit_study(self, body: Mapping[str, Any]) -> dict[str, Any]:
        study: dict[str, Any] = self.json(calls.create_study(body))
        return study

    def ready(self) -> bool:
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def events(self, job_id: str, after: int = 0) -> Iterator[ServerSentEvent]:
        """The job's events with numbers above ``after``, live, until it has ended."""
        call = calls.events(job_id, after)
        try:
            with connect_sse(self._http, call.method, call.path, **call.options) as source:
                if source.response.is_error:
                    source.response.read()
                    calls.checked(source.response)
                yield from (event for event in source.iter_sse() if event.data)  # keep-alive comments have none
        except httpx.TransportError as error:
            raise ServerError(f"the connection to {self._http.base_url} failed: {error}") from error

    def wait(self, job_id: str) -> Job:
        """The job once it has ended: its events are followed until then."""
        for event in self.events(job_id):
            if event.event == "done":
                job: Job = event.json()
                return job
        raise ServerError(f"the events of job {job_id} ended before it did")

    def json(self, call: Call) -> Any:
        """What a request of the API is answered; for routes that have no method here."""
        return self.send(call).json()

    def send(self, call: Call) -> httpx.Response:
        tries = 1
        while True:
            try:
                response = self._http.request(call.method, call.path, **call.options)
            except httpx.TransportError as error:
                raise ServerError(f"{self._http.base_url} cannot be reached: {error}") from error
            pause = calls.pause_before_retry(response, tries)
            if pause is None:
                return calls.checked(response)
            time.sleep(pause)
            tries += 1


class AsyncBNLab:
    """:class:`BNLab` for asyncio: ``async with AsyncBNLab(url) as lab: job = await lab.submit({…})``.

    ``trust_env`` has proxies read from the environment, as httpx does.
    """

    def __init__(self, server: str, timeout: float = 60.0, trust_env: bool = True) -> None:
        # every stream of events holds a connection, so their number is not limited here
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(base_url=server, timeout=timeout, trust_env=trust_env, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def ready(self) -> bool:
        try:
            return (await self._http.get("/readyz")).status_code == 200
        except httpx.TransportError:
            return False

    async def submit(self, spec: Mapping[str, Any]) -> Job:
        job: Job = await self.json(calls.submit(spec))
        return job

    async def job(self, job_id: str, wait: float = 0) -> Job:
        job: Job = await self.json(calls.job(job_id, wait))
        return job

    async def jobs(self, **filters: str | int) -> dict[str, Any]:
        page: dict[str, Any] = await self.json(calls.jobs(filters))
        return page

    async def cancel(self, job_id: str) -> Job:
        job: Job = await self.json(calls.cancel(job_id))
        return job

    async def retry(self, job_id: str) -> Job:
        job: Job = await self.json(calls.retry(job_id))
        return job

    async def delete(self, job_id: str) -> None:
        await self.send(calls.delete(job_id))

    async def metrics(self, job_id: str) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = await self.json(calls.metrics(job_id))
        return columns

    async def diagnostics(self, job_id: str) -> dict[str, Any]:
        columns: dict[str, Any] = await self.json(calls.diagnostics(job_id))
        return columns

    async def predict(self, model: str, rows: Any) -> list[list[float]]:
        predictions: list[list[float]] = (await self.json(calls.predict(model, rows)))["predictions"]
        return predictions

    async def events(self, job_id: str, after: int = 0) -> AsyncIterator[ServerSentEvent]:
        call = calls.events(job_id, after)
        try:
            async with aconnect_sse(self._http, call.method, call.path, **call.options) as source:
                if source.response.is_error:
                    await source.response.aread()
                    calls.checked(source.response)
                async for event in source.aiter_sse():
                    if event.data:
                        yield event
        except httpx.TransportError as error:
            raise ServerError(f"the connection to {self._http.base_url} failed: {error}") from error

    async def wait(self, job_id: str) -> Job:
        async for event in self.events(job_id):
            if event.event == "done":
                job: Job = event.json()
                return job
        raise ServerError(f"the events of job {job_id} ended before it did")

    async def json(self, call: Call) -> Any:
        """What a request of the API is answered; for routes that have no method here."""
        return (await self.send(call)).json()

    async def send(self, call: Call) -> httpx.Response:
        tries = 1
        while True:
            try:
                response = await self._http.request(call.method, call.path, **call.options)
            except httpx.TransportError as error:
                raise ServerError(f"{self._http.base_url} cannot be reached: {error}") from error
            pause = calls.pause_before_retry(response, tries)
            if pause is None:
                return calls.checked(response)
            await asyncio.sleep(pause)
            tries += 1
