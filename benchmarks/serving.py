"""Predictions over HTTP against what people would use instead: ``python -m benchmarks.serving [--json] [flags]``.

Every server gets the same rows over 16 connections, in alternating rounds; medians of the rounds are compared. The
floor is a FastAPI route under the same uvicorn that sends the same body back. ``--mlserver`` and ``--mlflow`` name
virtual environments in which those are installed. The images need ``mnist.npz`` in ``--data-dir``.
"""

import argparse
import json
import os
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import serving_peers as peers
from benchmarks.measuring import table_of
from benchmarks.serving_workloads import BARE, FLOOR, Benchmark, beside_trainers, images, many_models, one_row, say
from service.client import BNLab
from service.client.embedded import embedded_service


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data-dir", type=Path, default=os.environ.get("BNLAB_DATA_DIR"))
    parser.add_argument("--mlserver", type=Path, help="virtual environment with mlserver and onnxruntime")
    parser.add_argument("--mlflow", type=Path, help="virtual environment with mlflow, onnx and onnxruntime")
    parser.add_argument("--seconds", type=float, default=5.0, help="of one round of one server")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--soak-seconds", type=float, default=120.0, help="of requests to 200 models")
    arguments = parser.parse_args()
    benchmark = Benchmark(arguments.seconds, arguments.rounds)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        home = Path(folder)
        settings = {"slots": 2, "data_dir": arguments.data_dir} if arguments.data_dir else {"slots": 2}
        server = running.enter_context(embedded_service(home, **settings))
        lab = running.enter_context(BNLab(server, timeout=200))
        floors = {
            FLOOR: running.enter_context(peers.fastapi("echo", home)),
            BARE: running.enter_context(peers.fastapi("bare_echo", home)),
        }
        one_row(benchmark, lab, server, floors, home, arguments)
        if arguments.data_dir is None:
            say("images are left out: give --data-dir with mnist.npz")
        else:
            images(benchmark, lab, server, floors)
        beside_trainers(benchmark, lab, server)
    many_models(benchmark, arguments.soak_seconds)
    show(benchmark, arguments.json)


def show(benchmark: Benchmark, as_json: bool) -> None:
    console = Console()
    if as_json:
        rows, lines = ([asdict(item) for item in items] for items in (benchmark.rows, benchmark.lines))
        console.print_json(json.dumps({"servers": rows, "ratios": lines}))
        return
    table = Table("workload", "server", "requests/s", "p50 ms", "p99 ms", "errors")
    for row in benchmark.rows:
        numbers = (f"{row.requests_per_second:,.0f}", f"{row.p50:.2f}", f"{row.p99:.2f}", str(row.errors))
        table.add_row(row.workload, row.server, *numbers)
    console.print(table, table_of(benchmark.lines))


if __name__ == "__main__":
    main()
