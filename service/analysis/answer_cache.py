"""Answers in memory up to a number of bytes, those asked for last: reports differ in size by a factor of a thousand."""

import threading
from collections.abc import Callable, Hashable

from cachetools import LRUCache


class AnswerCache:
    """Shared by threads: while one makes an answer, the others go on."""

    def __init__(self, max_bytes: int) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, bytes] = LRUCache(max_bytes, getsizeof=len)

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """What is kept for ``key``, else what ``make`` gives; that is kept unless it is larger than the whole cache."""
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                return known
        made = make()
        with self._lock:
            if len(made) <= self._kept.maxsize:
                self._kept[key] = made
        return made
