"""HTTP load from a process of its own: ``wrk`` where it is installed, otherwise keep-alive connections on asyncio.

A load at a given rate always comes from asyncio: its latencies count from the moment a request was due.
"""

import asyncio
import base64
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

CONNECTIONS = 16
WRK_REPORT = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"per_second": %f, "p50": %f, "p99": %f, "errors": %d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


@dataclass(frozen=True)
class Request:
    port: int
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Measured:
    """Latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    errors: int


def load(requests: Sequence[Request], seconds: float, rate: float | None = None) -> Measured:
    """Sends ``requests``, at random when there are several, over 16 connections; ``rate`` is requests a second."""
    wrk = shutil.which("wrk")
    if wrk is not None and len(requests) == 1 and rate is None:
        return _wrk(wrk, requests[0], seconds)
    plain = [{**asdict(request), "body": base64.b64encode(request.body).decode()} for request in requests]
    order = json.dumps({"requests": plain, "seconds": seconds, "rate": rate})
    run = subprocess.run([sys.executable, "-m", "benchmarks.load"], input=order, capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr)
    return Measured(**json.loads(run.stdout))


def _wrk(wrk: str, request: Request, seconds: float) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        body, script = Path(folder) / "body", Path(folder) / "script.lua"
        body.write_bytes(request.body)
        headers = "".join(f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}\n" for k, v in request.headers.items())
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = io.open({json.dumps(str(body))}, "rb"):read("*a")\n{headers}{WRK_REPORT}'
        )
        run = subprocess.run(
            [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(script),
             f"http://127.0.0.1:{request.port}{request.path}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return Measured(**json.loads(run.stderr))


# --- the process of its own ---


class _Load:
    def __init__(self, requests: list[dict[str, Any]], seconds: float, rate: float | None) -> None:
        self._port = requests[0]["port"]
        self._requests = [_bytes(request) for request in requests]
        self._seconds, self._rate = seconds, rate
        self._latencies: list[float] = []
        self._errors = 0

    async def run(self) -> Measured:
        begin = perf_counter()
        await asyncio.gather(*(self._connection(begin, number) for number in range(CONNECTIONS)))
        taken, ordered = perf_counter() - begin, sorted(self._latencies)
        p50, p99 = (ordered[int(len(ordered) * share)] * 1e3 for share in (0.5, 0.99))
        return Measured(len(ordered) / taken, p50, p99, self._errors)

    async def _connection(self, begin: float, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        interval = CONNECTIONS / self._rate if self._rate else 0.0
        due = begin + interval * number / CONNECTIONS
        while (now := perf_counter()) < begin + self._seconds:
            if self._rate:
                await asyncio.sleep(max(0.0, due - now))
                now, due = due, due + interval
            writer.write(random.choice(self._requests))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
            assert length is not None, head
            await reader.readexactly(int(length[1]))
            self._latencies.append(perf_counter() - now)
            self._errors += not head.startswith(b"HTTP/1.1 200")
        writer.close()


def _bytes(request: dict[str, Any]) -> bytes:
    body = base64.b64decode(request["body"])
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **request["headers"]}
    lines = [f"POST {request['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def main() -> None:

    order = json.load(sys.stdin)
    measured = uvloop.run(_Load(order["requests"], order["seconds"], order["rate"]).run())
    sys.stdout.write(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main()
