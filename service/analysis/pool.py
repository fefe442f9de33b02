"""Statistics and reports in a process of their own: their libraries are larger than the whole API process.

That process reads the database itself, so that the epochs of a study never pass through the API process.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from bn_models.statistics.question import Question
from service.analysis import pool_task
from service.analysis.answer_cache import AnswerCache
from service.analysis.external_runs import ExternalRuns
from service.analysis.pool_task import DocumentFormat
from service.processes import spawn

CACHE_BYTES = 32 * 2**20
"""Room for answers: an html report has nearly 5 MB, for the library that draws it; a comparison a tenth of one."""
TASKS_A_PROCESS = 200
"""The process is replaced after so many tasks, which bounds what its libraries hold on to."""


class Analysis:
    """Documents about studies, kept while their study does not change, up to ``cache_bytes`` of them, and about runs
    that were trained elsewhere, which are not kept."""

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._documents = AnswerCache(cache_bytes)

    def document(
        self, database_url: str, study_id: str, version: Hashable, question: Question, format: DocumentFormat
    ) -> bytes:
        """The comparison as JSON (``format`` "json") or the report in ``format``. Raises NotFound.

        ``version`` is the study's before this call: what is read then is as new or newer, and nothing that is kept is
        older than the version it is kept for.
        """
        key = (study_id, version, question, format)
        task = partial(pool_task.document, database_url, study_id, question, format)
        return self._documents.get(key, lambda: self._made(task))

    def of_external(self, runs: ExternalRuns, format: DocumentFormat) -> bytes:
        """The same of runs that were trained elsewhere. Raises Invalid."""
        return self._made(partial(pool_task.of_external, runs, format))

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
                self._pool = None

    def _made(self, task: Callable[[], bytes]) -> bytes:
        try:
            return self._running().submit(task).result()
        except BrokenProcessPool:  # killed, by hand or for its memory: once more in a new one
            self.close()
            return self._running().submit(task).result()

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    1, spawn, initializer=pool_task.end_with_parent, max_tasks_per_child=TASKS_A_PROCESS
                )
            return self._pool
