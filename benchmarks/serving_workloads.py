"""What is measured of predictions over HTTP, and against what."""

import json
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any

import httpx
import numpy as np
import onnxruntime
import psutil

from benchmarks import serving_peers as peers
from benchmarks.load import Measured, Request, load
from benchmarks.measuring import Line
from service.client import BNLab
from service.client.embedded import embedded_service
from service.serving.predictor import SESSION_BYTES

CIRCLES: dict[str, Any] = {"dataset": "circles", "batch_norm": "after_activation", "epochs": 5}
CNN: dict[str, Any] = {
    "dataset": "mnist", "network": "cnn", "activation": "sigmoid", "optimizer": "adam",
    "batch_norm": {"placement": "before_activation", "on_output": True}, "epochs": 1, "steps_per_epoch": 50,
}  # fmt: skip
FLOOR, BARE = "FastAPI echo", "Starlette echo"
"""The floor, and what is left of it without FastAPI."""


@dataclass(frozen=True)
class Row:
    """One server under one workload; latencies in milliseconds."""

    workload: str
    server: str
    requests_per_second: float
    p50: float
    p99: float
    errors: int


class Benchmark:
    def __init__(self, seconds: float, rounds: int) -> None:
        self.rows: list[Row] = []
        self.lines: list[Line] = []
        self._seconds, self._rounds = seconds, rounds

    def compare(self, workload: str, servers: Mapping[str, Request], bars: Mapping[str, float]) -> None:
        """Measures the servers in turn; ``bars`` say how many times a peer's requests/s ours should have."""
        rounds: dict[str, list[Measured]] = {name: [] for name in servers}
        for seconds in [1.0, *[self._seconds] * self._rounds]:
            for name, request in servers.items():
                rounds[name].append(load([request], seconds))
        medians = {name: _median(measured[1:]) for name, measured in rounds.items()}
        for name, m in medians.items():
            self.rows.append(Row(workload, name, m.per_second, m.p50, m.p99, m.errors))
        ours = medians["bnlab"].per_second
        for name, bar in bars.items():
            if name in medians:
                self.lines.append(Line(workload, name, "requests/s", ours, medians[name].per_second, bar))


def one_row(
    benchmark: Benchmark, lab: BNLab, server: str, floors: Mapping[str, int], home: Path, arguments: Namespace
) -> None:
    job_id = train(lab, CIRCLES)
    rows = [[0.1, -0.2]]
    body = json.dumps({"instances": rows}).encode()
    onnx, keras = home / "model.onnx", home / "model.keras"
    onnx.write_bytes(model(server, job_id))
    keras.write_bytes(model(server, job_id, "keras"))
    servers = {
        "bnlab": Request(port_of(server), f"/v1/models/{job_id}:predict", body),
        **{name: Request(port, "/", body) for name, port in floors.items()},
    }
    with ExitStack() as running:
        port = running.enter_context(peers.fastapi("naive", home, KERAS_MODEL=str(keras)))
        servers["naive FastAPI"] = Request(port, "/", body)
        if arguments.mlserver:
            port = running.enter_context(peers.mlserver(arguments.mlserver, onnx, home))
            tensor = {"name": "input", "shape": [1, 2], "datatype": "FP32", "data": rows}
            servers["MLServer"] = Request(port, "/v2/models/model/infer", json.dumps({"inputs": [tensor]}).encode())
        else:
            say("MLServer is left out: give --mlserver with its virtual environment")
        if arguments.mlflow:
            port = running.enter_context(peers.mlflow(arguments.mlflow, onnx, home))
            inputs = {"inputs": {"input": rows}}
            servers["MLflow"] = Request(port, "/invocations", json.dumps(inputs).encode())
        else:
            say("MLflow is left out: give --mlflow with its virtual environment")
        bars = {FLOOR: 0.65, BARE: 0.0, "MLServer": 3, "MLflow": 5, "naive FastAPI": 150}
        benchmark.compare("one row, 2-50-1, JSON", servers, bars)


def images(benchmark: Benchmark, lab: BNLab, server: str, floors: Mapping[str, int]) -> None:
    job_id = train(lab, CNN)
    images = np.random.default_rng(0).integers(0, 256, (256, 28, 28)).astype(np.float32)
    bodies = {
        "one MNIST image, JSON": json_request(server, job_id, images[:1]),
        "one MNIST image, binary": binary_request(server, job_id, images[:1]),
    }
    for (workload, request), bar in zip(bodies.items(), (0.35, 0.6), strict=True):
        echoes = {name: Request(port, "/", request.body, request.headers) for name, port in floors.items()}
        benchmark.compare(workload, {"bnlab": request, **echoes}, {FLOOR: bar, BARE: 0.0})
    direct = session(model(server, job_id))
    batches = median(per_second(direct, images) for _ in range(5))
    workload = "256 MNIST images, binary"
    benchmark.compare(workload, {"bnlab": binary_request(server, job_id, images)}, {})
    ours = benchmark.rows[-1].requests_per_second
    benchmark.lines.append(Line(workload, "onnxruntime in a loop", "requests/s", ours, batches, 0.8))


def beside_trainers(benchmark: Benchmark, lab: BNLab, server: str) -> None:
    """p99 at a tenth of the peak load, idle and while two trainers are busy."""
    request = Request(
        port_of(server), f"/v1/models/{train(lab, CIRCLES)}:predict", json.dumps({"instances": [[0.1, -0.2]]}).encode()
    )
    rate = load([request], 3).per_second / 10
    idle = load([request], 10, rate)
    busy_jobs = [lab.submit({**CIRCLES, "epochs": 100_000, "seed": seed})["id"] for seed in range(2)]
    while any(lab.job(job_id)["status"] == "queued" for job_id in busy_jobs):
        sleep(0.05)
    sleep(2)
    busy = load([request], 10, rate)
    for job_id in busy_jobs:
        lab.cancel(job_id)
    for name, m in (("bnlab, idle", idle), ("bnlab, two trainers busy", busy)):
        benchmark.rows.append(Row("a tenth of the peak load", name, m.per_second, m.p50, m.p99, m.errors))
    benchmark.lines.append(Line("p99 beside two busy trainers", "p99 idle", "ms", busy.p99, idle.p99, 1 / 3))


def many_models(benchmark: Benchmark, seconds: float) -> None:
    """200 aliases to 200 models at random, with a cache for 50: memory must stay flat."""
    with (
        tempfile.TemporaryDirectory() as folder,
        embedded_service(Path(folder), slots=2, model_cache_bytes=50 * (SESSION_BYTES + 3000)) as server,
        BNLab(server, timeout=200) as lab,
    ):
        jobs = [lab.submit({**CIRCLES, "epochs": 1, "seed": seed})["id"] for seed in range(200)]
        body = json.dumps({"instances": [[0.1, -0.2]]}).encode()
        requests = []
        for number, job_id in enumerate(jobs):
            assert lab.job(job_id, wait=120)["status"] == "succeeded"
            httpx.put(f"{server}/v1/models/model-{number}", json={"job_id": job_id}).raise_for_status()
            requests.append(Request(port_of(server), f"/v1/models/model-{number}:predict", body))
        process = psutil.Process(listener(port_of(server)))
        load(requests, min(20.0, seconds / 4))
        before = process.memory_info().rss / 1e6
        m = load(requests, seconds)
        after = process.memory_info().rss / 1e6
    workload = "200 models at random, cache for 50"
    benchmark.rows.append(Row(workload, "bnlab", m.per_second, m.p50, m.p99, m.errors))
    benchmark.lines.append(Line(workload, "memory before", "MB", after, before, 0.95))


def train(lab: BNLab, spec: dict[str, Any]) -> str:
    job = lab.job(lab.submit(spec)["id"], wait=200)
    assert job["status"] == "succeeded", job
    job_id: str = job["id"]
    return job_id


def model(server: str, job_id: str, format: str = "onnx") -> bytes:
    return httpx.get(f"{server}/v1/jobs/{job_id}/model", params={"format": format}).raise_for_status().content


def json_request(server: str, job_id: str, images: Any) -> Request:
    body = json.dumps({"instances": images.astype(int).tolist()}).encode()
    return Request(port_of(server), f"/v1/models/{job_id}:predict", body)


def binary_request(server: str, job_id: str, images: Any) -> Request:
    size = {"binary_data_size": images.nbytes}
    tensor = {"name": "input", "shape": list(images.shape), "datatype": "FP32", "parameters": size}
    header = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(header))}
    return Request(port_of(server), f"/v2/models/{job_id}/infer", header + images.tobytes(), headers)


def session(onnx: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])


def per_second(direct: Any, images: Any) -> float:
    begin, calls = perf_counter(), 0
    while perf_counter() - begin < 1:
        direct.run(None, {"input": images})
        calls += 1
    return calls / (perf_counter() - begin)


def port_of(server: str) -> int:
    return int(server.rpartition(":")[2])


def listener(port: int) -> int:
    """The id of the process that listens on ``port``."""
    found: Iterator[int] = (
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
    )
    return next(found)


def say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def _median(measured: Sequence[Measured]) -> Measured:
    """Medians of each figure; errors are summed."""
    columns = {name: [getattr(m, name) for m in measured] for name in ("per_second", "p50", "p99")}
    return Measured(
        **{name: median(values) for name, values in columns.items()}, errors=sum(m.errors for m in measured)
    )
