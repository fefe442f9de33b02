"""Model name -> inference session, kept ready. Runs on onnxruntime; TensorFlow is never loaded here.

A name is known for a second before the database is asked again, so another process's re-pointing is seen within about
a second. Sessions are kept by the sha256 of their ONNX: names of one model share one. Everything here is touched by the
event loop alone, so there are no locks; what takes time happens in threads.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bn_models.inference import InferenceModel
from service.database.engine import Database
from service.errors import NotFound
from service.store import aliases, models
from service.store.aliases import ModelVersion

FRESH_SECONDS = 1.0
"""How long a name is served without asking the database."""
STALE_SECONDS = 0.5
"""How much longer it is served while the database is being asked, so that busy names never wait."""
KNOWN_NAMES = 10_000
SESSION_BYTES = 150_000
"""Memory of a session besides its weights (onnxruntime 1.31, measured)."""

Name = tuple[str, int | None, str | None]
"""Name, version and label as the client gave them."""


@dataclass(frozen=True)
class Loaded:
    """A model in memory; ``row_seconds`` is the time of predicting one row."""

    model: InferenceModel
    row_seconds: float
    size: int


@dataclass(frozen=True)
class Known:
    found: ModelVersion
    asked_at: float


@dataclass(frozen=True)
class Lookup:
    """The database is being asked what a name means, and the model loaded if need be."""

    task: "asyncio.Task[tuple[ModelVersion, Loaded]]"
    asked_at: float


class Predictor:
    """The most recently used models, up to ``cache_bytes`` of memory (one at least); ``clock`` counts seconds."""

    def __init__(self, database: Database, cache_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._cache_bytes, self._clock = database, cache_bytes, clock
        self._used_bytes = 0
        self._known: OrderedDict[Name, Known] = OrderedDict()
        self._lookups: dict[Name, Lookup] = {}
        self._sessions: OrderedDict[str, Loaded] = OrderedDict()
        self._loads: dict[str, asyncio.Task[Loaded]] = {}
        self._forgotten_at = -math.inf

    async def find(
        self, name: str, version: int | None = None, label: str | None = None
    ) -> tuple[ModelVersion, Loaded]:
        """What the name means now and its model, loaded. Raises NotFound and Conflict as :func:`aliases.find` does."""
        wanted = (name, version, label)
        known = self._known.get(wanted)
        if known is not None and known.asked_at > self._forgotten_at:
            age = self._clock() - known.asked_at
            loaded = self._sessions.get(known.found.stored.sha256)
            if loaded is not None and age < FRESH_SECONDS + STALE_SECONDS:
                if age >= FRESH_SECONDS:
                    self._look_up(wanted)
                self._sessions.move_to_end(known.found.stored.sha256)
                return known.found, loaded
        return await asyncio.shield(self._look_up(wanted))

    def forget(self) -> None:
        """Trusts no answer of the database from before now: names changed. May be called from any thread."""
        self._forgotten_at = self._clock()

    def _look_up(self, wanted: Name) -> "asyncio.Task[tuple[ModelVersion, Loaded]]":
        """The lookup that is under way, or a new one."""
        lookup = self._lookups.get(wanted)
        if lookup is None or lookup.asked_at <= self._forgotten_at:
            now = self._clock()
            lookup = Lookup(asyncio.create_task(self._found_and_loaded(wanted, now)), now)
            self._lookups[wanted] = lookup
            lookup.task.add_done_callback(lambda _: self._end(wanted, lookup))
        return lookup.task

    def _end(self, wanted: Name, lookup: Lookup) -> None:
        if self._lookups.get(wanted) is lookup:
            del self._lookups[wanted]
        if not lookup.task.cancelled() and lookup.task.exception() is not None:
            self._known.pop(wanted, None)

    async def _found_and_loaded(self, wanted: Name, now: float) -> tuple[ModelVersion, Loaded]:
        while True:
            found = await asyncio.to_thread(self._read_version, wanted)
            try:
                loaded = self._sessions.get(found.stored.sha256) or await self._load(found)
            except NotFound:  # deleted between the two reads; the name may mean another model by now
                continue
            self._know(wanted, Known(found, now))
            return found, loaded

    def _know(self, wanted: Name, known: Known) -> None:
        before = self._known.get(wanted)
        if before is None or before.asked_at <= known.asked_at:
            self._known[wanted] = known
            self._known.move_to_end(wanted)
        if len(self._known) > KNOWN_NAMES:
            self._known.popitem(last=False)

    async def _load(self, found: ModelVersion) -> Loaded:
        """One load per model, however many ask at once."""
        sha256 = found.stored.sha256
        load = self._loads.get(sha256)
        if load is None:
            load = self._loads[sha256] = asyncio.create_task(asyncio.to_thread(self._read_model, found))
            load.add_done_callback(lambda done: self._keep(sha256, done))
        return await asyncio.shield(load)

    def _keep(self, sha256: str, load: "asyncio.Task[Loaded]") -> None:
        del self._loads[sha256]
        if load.cancelled() or load.exception() is not None:
            return
        self._sessions[sha256] = load.result()
        self._used_bytes += load.result().size
        while len(self._sessions) > 1 and self._used_bytes > self._cache_bytes:
            self._used_bytes -= self._sessions.popitem(last=False)[1].size

    def _read_version(self, wanted: Name) -> ModelVersion:
        with self._database.read() as session:
            return aliases.find(session, *wanted)

    def _read_model(self, found: ModelVersion) -> Loaded:
        with self._database.read() as session:
            onnx = models.data(session, found.stored.blob)
        model = InferenceModel(onnx)
        row = np.zeros((1, *model.input_shape), model.input_dtype)
        times = []
        for _ in range(3):
            begin = time.perf_counter()
            model.predict(row)
            times.append(time.perf_counter() - begin)
        return Loaded(model, min(times), len(onnx) + SESSION_BYTES)
