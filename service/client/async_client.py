"""The Python client for asyncio; its methods are those of ``BNLab`` in ``client``, which documents them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import httpx
import numpy as np
from httpx_sse import ServerSentEvent, aconnect_sse
from numpy.typing import NDArray

from service.client import binary_tensors, endpoints, file_body, named_rows, reconnection, responses, run_tables
from service.client.address import server_or_default
from service.client.endpoints import Call, JobJson, Question, StudyJson
from service.client.responses import ServerError
from service.client.results import AsyncResults
from service.client.run_tables import Runs, RunsQuestion


class AsyncBNLab:
    """``async with AsyncBNLab() as lab: job = await lab.submit({"dataset": "circles"})``."""

    def __init__(self, server: str | None = None, timeout: float = 60.0, trust_env: bool = True) -> None:
        # every stream of events holds a connection, so their number is not limited here
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(
            base_url=server_or_default(server), timeout=timeout, trust_env=trust_env, limits=limits
        )

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

    async def submit(self, spec: Mapping[str, Any]) -> JobJson:
        job: JobJson = await self.json(endpoints.submit(spec))
        return job

    async def job(self, job_id: str, wait: float = 0) -> JobJson:
        job: JobJson = await self.json(endpoints.job(job_id, wait))
        return job

    async def jobs(self, **filters: str | int) -> dict[str, Any]:
        page: dict[str, Any] = await self.json(endpoints.jobs(filters))
        return page

    async def cancel(self, job_id: str) -> JobJson:
        job: JobJson = await self.json(endpoints.cancel(job_id))
        return job

    async def retry(self, job_id: str) -> JobJson:
        job: JobJson = await self.json(endpoints.retry(job_id))
        return job

    async def delete(self, job_id: str) -> None:
        await self.send(endpoints.delete(job_id))

    async def metrics(self, job_id: str, after: int = 0) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = await self.json(endpoints.metrics(job_id, after))
        return columns

    async def diagnostics(self, job_id: str) -> dict[str, Any]:
        columns: dict[str, Any] = await self.json(endpoints.diagnostics(job_id))
        return columns

    async def upload(self, name: str, file: Path, **options: Any) -> dict[str, Any]:
        call = endpoints.upload(name, file, options)
        content = {"content": file_body.AsyncPieces(file)}
        dataset: dict[str, Any] = await self.json(Call(call.method, call.path, {**call.options, **content}))
        return dataset

    async def dataset(self, name: str) -> dict[str, Any]:
        dataset: dict[str, Any] = await self.json(endpoints.dataset(name))
        return dataset

    async def predict(self, model: str, rows: Any) -> list[list[float]]:
        answer = await self.json(endpoints.predict(*await self.in_order(model, rows)))
        predictions: list[list[float]] = answer["predictions"]
        return predictions

    async def predict_labels(self, model: str, rows: Any) -> list[str | int | None]:
        answer = await self.json(endpoints.predict(*await self.in_order(model, rows)))
        labels: list[str | int | None] = answer.get("labels", [])
        return labels

    async def model(self, job_id: str, format: str = "onnx") -> bytes:
        return (await self.send(endpoints.model(job_id, format))).content

    async def infer(self, model: str, rows: Any) -> NDArray[np.floating[Any]]:
        model, rows = await self.in_order(model, rows)
        response = await self.send(endpoints.infer(model, *binary_tensors.request(rows)))
        return binary_tensors.predictions(response.content, response.headers)

    async def in_order(self, model: str, rows: Any) -> tuple[str, Any]:
        if not named_rows.have_names(rows):
            return model, rows
        found = await self.json(endpoints.model_metadata(model))
        columns = found["metadata"].get("columns", [])
        return endpoints.described_version(model, found), named_rows.in_order(rows, columns)

    def results(self, job_id: str) -> AsyncResults:
        return AsyncResults(self, job_id)

    async def submit_study(self, body: Mapping[str, Any]) -> StudyJson:
        study: StudyJson = await self.json(endpoints.create_study(body))
        return study

    async def study(self, study_id: str) -> StudyJson:
        study: StudyJson = await self.json(endpoints.study(study_id))
        return study

    async def studies(self, after: str | None = None) -> dict[str, Any]:
        page: dict[str, Any] = await self.json(endpoints.studies(after))
        return page

    async def cancel_study(self, study_id: str) -> StudyJson:
        study: StudyJson = await self.json(endpoints.cancel_study(study_id))
        return study

    async def wait_study(self, study_id: str) -> StudyJson:
        while (study := await self.study(study_id))["status"] == "running":
            await asyncio.sleep(endpoints.POLL_SECONDS)
        return study

    async def comparison(
        self, study_id: str, threshold: float | None = None, **question: Unpack[Question]
    ) -> dict[str, Any]:
        comparison: dict[str, Any] = await self.json(endpoints.comparison(study_id, threshold, question))
        return comparison

    async def report(
        self, study_id: str, format: str = "html", threshold: float | None = None, **question: Unpack[Question]
    ) -> bytes:
        return (await self.send(endpoints.report(study_id, format, threshold, question))).content

    async def compare(
        self, runs: Runs, baseline: str | float | None = None, **question: Unpack[RunsQuestion]
    ) -> dict[str, Any]:
        comparison: dict[str, Any] = await self.json(run_tables.compare(runs, baseline, question))
        return comparison

    async def compare_report(
        self, runs: Runs, format: str = "html", baseline: str | float | None = None, **question: Unpack[RunsQuestion]
    ) -> bytes:
        return (await self.send(run_tables.compare(runs, baseline, question, format))).content

    async def events(self, job_id: str, after: int = 0) -> AsyncIterator[ServerSentEvent]:
        connection = reconnection.Connection()
        while True:
            call = endpoints.events(job_id, after)
            try:
                async with aconnect_sse(self._http, call.method, call.path, **call.options) as source:
                    if source.response.is_error:
                        await source.response.aread()
                        responses.checked(source.response)
                    connection.made()
                    async for event in source.aiter_sse():
                        if event.data:
                            after = int(event.id)
                            yield event
                    return
            except httpx.TransportError as error:
                connection.broke(self._http.base_url, error)
            await asyncio.sleep(endpoints.POLL_SECONDS)

    async def wait(self, job_id: str) -> JobJson:
        async for event in self.events(job_id):
            if event.event == "done":
                job: JobJson = event.json()
                return job
        raise ServerError(f"the events of job {job_id} ended before it did")

    async def json(self, call: Call) -> Any:
        """What a request of the API is answered; for routes that have no method here."""
        return responses.decoded(await self.send(call))

    async def send(self, call: Call) -> httpx.Response:
        tries = 1
        while True:
            try:
                response = await self._http.request(call.method, call.path, **call.options)
            except httpx.TransportError as error:
                raise ServerError(f"{self._http.base_url} cannot be reached: {error}") from error
            pause = responses.pause_before_retry(response, tries)
            if pause is None:
                return responses.checked(response)
            await asyncio.sleep(pause)
            tries += 1
