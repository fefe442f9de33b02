"""Model name -> inference session, kept ready. Runs on onnxruntime; TensorFlow is never loaded here."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from bn_models.inference import InferenceModel
from service import models
from service.database import Database

FRESH_SECONDS = 1.0
"""How long a model is served without asking the database whether it is still there."""


@dataclass
class Entry:
    model: InferenceModel
    sha256: str
    size: int
    checked_at: float


class Predictor:
    """The most recently used models, up to ``cache_bytes`` of ONNX (one at least)."""

    def __init__(self, database: Database, cache_bytes: int) -> None:
        self._database, self._cache_bytes = database, cache_bytes
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._lock = threading.Lock()

    def ready(self, name: str) -> InferenceModel | None:
        """The model if it can be used at once; otherwise :meth:`load` it, in a thread."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None or time.monotonic() - entry.checked_at > FRESH_SECONDS:
                return None
            self._entries.move_to_end(name)
            return entry.model

    def load(self, name: str) -> InferenceModel:
        """The model from the cache or the database. Raises NotFound and Conflict as :func:`models.find` does."""
        with self._database.read() as session:
            stored = models.find(session, name)
            with self._lock:
                entry = self._entries.get(name)
            if entry is None or entry.sha256 != stored.sha256:
                onnx = models.data(session, stored)
                entry = Entry(InferenceModel(onnx), stored.sha256, len(onnx), 0.0)
        entry.checked_at = time.monotonic()
        self._keep(name, entry)
        return entry.model

    def forget(self, name: str) -> None:
        with self._lock:
            self._entries.pop(name, None)

    def _keep(self, name: str, entry: Entry) -> None:
        with self._lock:
            self._entries[name] = entry
            self._entries.move_to_end(name)
            while len(self._entries) > 1 and sum(e.size for e in self._entries.values()) > self._cache_bytes:
                self._entries.popitem(last=False)
