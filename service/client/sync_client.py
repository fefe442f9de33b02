"""The Python client: everything over the public HTTP API. ``async_client`` is the same for asyncio.

Requests answered 429 or 503 are tried again, after the seconds that Retry-After asks for or with growing pauses.
"""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import httpx
import numpy as np
from httpx_sse import ServerSentEvent, connect_sse
from numpy.typing import NDArray

from service.client import binary_tensors, endpoints, named_rows, reconnection, responses, run_tables
from service.client.address import server_or_default
from service.client.endpoints import Call, JobJson, Question, StudyJson
from service.client.responses import ServerError
from service.client.results import Results
from service.client.run_tables import Runs, RunsQuestion


class BNLab:
    """``with BNLab() as lab: job = lab.submit({"dataset": "circles"})``.

    Without ``server`` it talks to the one that the environment variable BNLAB_SERVER names, or else to
    http://127.0.0.1:8000. ``trust_env`` has proxies read from the environment, as httpx does.
    """

    def __init__(self, server: str | None = None, timeout: float = 60.0, trust_env: bool = True) -> None:
        self._http = httpx.Client(base_url=server_or_default(server), timeout=timeout, trust_env=trust_env)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(self, spec: Mapping[str, Any]) -> JobJson:
        job: JobJson = self.json(endpoints.submit(spec))
        return job

    def job(self, job_id: str, wait: float = 0) -> JobJson:
        """The job; with ``wait``, once it has ended or the seconds have passed."""
        job: JobJson = self.json(endpoints.job(job_id, wait))
        return job

    def jobs(self, **filters: str | int) -> dict[str, Any]:
        """A page of jobs, newest first: ``{"data": […], "has_more", "next"}``."""
        page: dict[str, Any] = self.json(endpoints.jobs(filters))
        return page

    def cancel(self, job_id: str) -> JobJson:
        job: JobJson = self.json(endpoints.cancel(job_id))
        return job

    def retry(self, job_id: str) -> JobJson:
        job: JobJson = self.json(endpoints.retry(job_id))
        return job

    def delete(self, job_id: str) -> None:
        self.send(endpoints.delete(job_id))

    def metrics(self, job_id: str, after: int = 0) -> dict[str, list[Any]]:
        """The metrics in columns, of the epochs above ``after``."""
        columns: dict[str, list[Any]] = self.json(endpoints.metrics(job_id, after))
        return columns

    def diagnostics(self, job_id: str) -> dict[str, Any]:
        """What happened inside, in columns: ``{"epoch", "training_mode_accuracy", …, "layers": [{"name", …}]}``."""
        columns: dict[str, Any] = self.json(endpoints.diagnostics(job_id))
        return columns

    def upload(self, name: str, file: Path, **options: Any) -> dict[str, Any]:
        """Stores a .csv, .parquet or .npz file as dataset ``name``; options: target, task, test_fraction, seed, …"""
        dataset: dict[str, Any] = self.json(endpoints.upload(name, file, options))
        return dataset

    def dataset(self, name: str) -> dict[str, Any]:
        dataset: dict[str, Any] = self.json(endpoints.dataset(name))
        return dataset

    def predict(self, model: str, rows: Any) -> list[list[float]]:
        """Class probabilities of raw rows, one list a row; columns go by name where ``rows`` name them.

        ``rows`` without names, lists or an array, are in the order that the model was trained in. A DataFrame of pandas
        or polars, an Arrow table, a structured array, a list of dicts or a dict of columns has its columns put in that
        order by name. NotSent, a ValueError, lists names that are unknown or missing, names the cell that is no finite
        number, and refuses names where the model has none, as one of arrays or images: give ``rows.to_numpy()`` then.
        """
        predictions: list[list[float]] = self.json(endpoints.predict(*self.in_order(model, rows)))["predictions"]
        return predictions

    def predict_labels(self, model: str, rows: Any) -> list[str | int | None]:
        """The likeliest label of raw rows, of a model of an uploaded dataset of classes; others count them."""
        labels: list[str | int | None] = self.json(endpoints.predict(*self.in_order(model, rows))).get("labels", [])
        return labels

    def model(self, job_id: str, format: str = "onnx") -> bytes:
        """The bytes of a job's model, as ``onnx`` or as the ``keras`` original."""
        return self.send(endpoints.model(job_id, format)).content

    def infer(self, model: str, rows: Any) -> NDArray[np.floating[Any]]:
        """Predictions as arrays: raw rows (rows, \\*row_shape) in, (rows, outputs) out, sent as binary tensors.

        Columns go by name where ``rows`` name them, as :meth:`predict` says.
        """
        model, rows = self.in_order(model, rows)
        response = self.send(endpoints.infer(model, *binary_tensors.request(rows)))
        return binary_tensors.predictions(response.content, response.headers)

    def in_order(self, model: str, rows: Any) -> tuple[str, Any]:
        """What is asked in the place of ``model`` and ``rows``: numbers in the model's order, of the version it is of.

        Rows without names are left as they are.
        """
        if not named_rows.have_names(rows):
            return model, rows
        found = self.json(endpoints.model_metadata(model))
        columns = found["metadata"].get("columns", [])
        return endpoints.described_version(model, found), named_rows.in_order(rows, columns)

    def results(self, job_id: str) -> Results:
        """The job's metrics, models and predictions as pandas, Keras and numpy have them."""
        return Results(self, job_id)

    def submit_study(self, body: Mapping[str, Any]) -> StudyJson:
        study: StudyJson = self.json(endpoints.create_study(body))
        return study

    def study(self, study_id: str) -> StudyJson:
        study: StudyJson = self.json(endpoints.study(study_id))
        return study

    def studies(self, after: str | None = None) -> dict[str, Any]:
        """A page of studies, newest first: ``{"data": […], "has_more", "next"}``."""
        page: dict[str, Any] = self.json(endpoints.studies(after))
        return page

    def cancel_study(self, study_id: str) -> StudyJson:
        study: StudyJson = self.json(endpoints.cancel_study(study_id))
        return study

    def wait_study(self, study_id: str) -> StudyJson:
        """The study once all its runs have ended."""
        while (study := self.study(study_id))["status"] == "running":
            time.sleep(endpoints.POLL_SECONDS)
        return study

    def comparison(self, study_id: str, threshold: float | None = None, **question: Unpack[Question]) -> dict[str, Any]:
        """The statistics of the runs there are, and a sentence an arm: ``["arms"][0]["finding"]``.

        ``threshold``: how soon it is reached is compared, too; in the metric's unit. ``metric``, ``margin``,
        ``ratio_margin``, ``interaction``, ``tune``, ``confidence``: see :class:`service.client.endpoints.Question`.
        Raises ServerError, which lists what the study has, for a metric or a path that it has not.
        """
        comparison: dict[str, Any] = self.json(endpoints.comparison(study_id, threshold, question))
        return comparison

    def report(
        self, study_id: str, format: str = "html", threshold: float | None = None, **question: Unpack[Question]
    ) -> bytes:
        """The report as ``html``, ``md``, ``png`` or ``csv``, of what :meth:`comparison` is asked."""
        return self.send(endpoints.report(study_id, format, threshold, question)).content

    def compare(
        self, runs: Runs, baseline: str | float | None = None, **question: Unpack[RunsQuestion]
    ) -> dict[str, Any]:
        """The statistics of runs that were trained elsewhere, and a sentence an arm, as of a study.

        ``runs``: a CSV (a Path, or its bytes), or columns "arm", "seed", "epoch" (left out: final values) and a column
        for each metric, as a dict of lists, a DataFrame, or a list with a dict a row. ``baseline``: the arm that the
        others are compared with; left out, that of the first row. ``question``: see
        :class:`service.client.run_tables.RunsQuestion`. Raises ServerError, which names the column and the row that
        cannot be read.
        """
        comparison: dict[str, Any] = self.json(run_tables.compare(runs, baseline, question))
        return comparison

    def compare_report(
        self, runs: Runs, format: str = "html", baseline: str | float | None = None, **question: Unpack[RunsQuestion]
    ) -> bytes:
        """The same as ``html``, ``md``, ``png`` or ``csv``."""
        return self.send(run_tables.compare(runs, baseline, question, format)).content

    def ready(self) -> bool:
        try:
            return self._http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def events(self, job_id: str, after: int = 0) -> Iterator[ServerSentEvent]:
        """The job's events with numbers above ``after``, live, until it has ended.

        A connection that breaks is made anew, without loss; ServerError if the server stays away.
        """
        connection = reconnection.Connection()
        while True:
            call = endpoints.events(job_id, after)
            try:
                with connect_sse(self._http, call.method, call.path, **call.options) as source:
                    if source.response.is_error:
                        source.response.read()
                        responses.checked(source.response)
                    connection.made()
                    for event in source.iter_sse():
                        if event.data:  # keep-alive comments have none
                            after = int(event.id)
                            yield event
                    return
            except httpx.TransportError as error:
                connection.broke(self._http.base_url, error)
            time.sleep(endpoints.POLL_SECONDS)

    def wait(self, job_id: str) -> JobJson:
        """The job once it has ended: its events are followed until then."""
        for event in self.events(job_id):
            if event.event == "done":
                job: JobJson = event.json()
                return job
        raise ServerError(f"the events of job {job_id} ended before it did")

    def json(self, call: Call) -> Any:
        """What a request of the API is answered; for routes that have no method here."""
        return responses.decoded(self.send(call))

    def send(self, call: Call) -> httpx.Response:
        tries = 1
        while True:
            try:
                response = self._http.request(call.method, call.path, **call.options)
            except httpx.TransportError as error:
                raise ServerError(f"{self._http.base_url} cannot be reached: {error}") from error
            pause = responses.pause_before_retry(response, tries)
            if pause is None:
                return responses.checked(response)
            time.sleep(pause)
            tries += 1
