"""What people would serve with instead: an echo as the floor, FastAPI with ``model.predict``, MLServer, MLflow."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Route

STARTUP_SECONDS = 120.0
MLSERVER_MODEL = """
import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Onnx(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession("model.onnx", options, providers=["CPUExecutionProvider"])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        rows = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        output = NumpyCodec.encode_output("output", self._session.run(None, {"input": rows})[0])
        return InferenceResponse(model_name=self.name, outputs=[output])
"""
MLFLOW_SAVE = "import sys, mlflow.onnx, onnx; mlflow.onnx.save_model(onnx.load(sys.argv[1]), sys.argv[2])"


def echo() -> FastAPI:
    """The floor: a route under the same server that sends the body back."""
    app = FastAPI()
    app.post("/")(_send_back)
    return app


def bare_echo() -> Starlette:
    """The same without FastAPI: what the server itself costs."""
    return Starlette(routes=[Route("/", _send_back, methods=["POST"])])


async def _send_back(request: Request) -> Response:
    return Response(await request.body(), media_type="application/json")


def naive() -> FastAPI:
    """FastAPI as tutorials have it, on the Keras model in ``KERAS_MODEL``."""
    import keras  # the other peers do without TensorFlow
    import numpy as np

    app, model = FastAPI(), keras.models.load_model(os.environ["KERAS_MODEL"])

    class Rows(BaseModel):
        instances: list[list[float]]

    def predict(rows: Rows) -> dict[str, Any]:
        return {"predictions": model.predict(np.array(rows.instances, np.float32), verbose=0).tolist()}

    predict.__annotations__["rows"] = Rows
    app.post("/")(predict)
    return app


@contextmanager
def fastapi(factory: str, folder: Path, **environment: str) -> Iterator[int]:
    """Runs a factory of this module under uvicorn, as ours is; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"benchmarks.serving_peers:{factory}", "--factory", "--port", str(port)]
    with _running([*command, "--no-access-log"], folder / f"{factory}.log", f"http://127.0.0.1:{port}/", environment):
        yield port


@contextmanager
def mlserver(environment: Path, onnx: Path, folder: Path) -> Iterator[int]:
    """MLServer from a virtual environment with mlserver and onnxruntime; the model is called ``model``."""
    port = free_port()
    home = folder / "mlserver"
    home.mkdir()
    (home / "onnx_model.py").write_text(MLSERVER_MODEL)
    (home / "model.onnx").write_bytes(onnx.read_bytes())
    (home / "model-settings.json").write_text(json.dumps({"name": "model", "implementation": "onnx_model.Onnx"}))
    settings = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port(), "parallel_workers": 0}
    (home / "settings.json").write_text(json.dumps({**settings, "debug": False}))
    ready = f"http://127.0.0.1:{port}/v2/models/model/ready"
    with _running([environment / "bin" / "mlserver", "start", "."], folder / "mlserver.log", ready, {}, cwd=home):
        yield port


@contextmanager
def mlflow(environment: Path, onnx: Path, folder: Path) -> Iterator[int]:
    """``mlflow models serve`` from a virtual environment with mlflow, onnx and onnxruntime."""
    port, model, python = free_port(), folder / "mlflow", environment / "bin" / "python"
    subprocess.run([python, "-c", MLFLOW_SAVE, onnx, model], check=True, capture_output=True)
    command = [python, "-m", "mlflow", "models", "serve", "-m", model, "-p", str(port), "--env-manager", "local"]
    path = {"PATH": f"{environment / 'bin'}:{os.environ.get('PATH', '')}"}
    with _running(command, folder / "mlflow.log", f"http://127.0.0.1:{port}/ping", path):
        yield port


def free_port() -> int:
    """Most peers cannot say which port they were given, so it is chosen before them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(
    command: list[Any], log: Path, ready: str, environment: dict[str, str], cwd: Path | None = None
) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=cwd, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        begin = time.monotonic()
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() - begin > STARTUP_SECONDS:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()}")
            time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code in (200, 405)
    except httpx.TransportError:
        return False
