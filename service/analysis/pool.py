"""Statistics and reports in a process of their own: their libraries are larger than the whole API process."""

import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from service.analysis import pool_task
from service.analysis.answer_cache import AnswerCache
from service.analysis.study_data import Question

CACHE_BYTES = 32 * 2**20
"""Room for answers: an html report has nearly 5 MB, for the library that draws it; a comparison a tenth of one."""
IDLE_TASKS = 200
"""The process is replaced after so many tasks, which bounds what its libraries hold on to."""

Key = tuple[object, ...]


class Analysis:
    """Answers kept while the study they were made from does not change, up to ``cache_bytes`` of them."""

    def __init__(self, cache_bytes: int = CACHE_BYTES) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._answers = AnswerCache(cache_bytes)

    def answer(self, key: Key, format: str, question: Callable[[], Question]) -> bytes:
        """The comparison as JSON (``format`` "json") or the report in ``format``; ``key`` names the study's state."""
        return self._answers.get((*key, format), lambda: self._compute(question(), format))

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
                self._pool = None

    def _compute(self, question: Question, format: str) -> bytes:
        try:
            return self._running().submit(pool_task.answer, question, format).result()
        except BrokenProcessPool:  # killed, by hand or for its memory: once more in a new one
            self.close()
            return self._running().submit(pool_task.answer, question, format).result()

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=IDLE_TASKS)
            return self._pool
