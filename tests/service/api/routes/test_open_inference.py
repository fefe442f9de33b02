"""The Open Inference Protocol, by its public client and by hand."""

import asyncio
import gzip
import json
import math
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

from tests.support.played_worker import PlayedWorker

ROWS = np.array([[1.0, 0.5], [0.0, 0.0]], np.float32)
EXPECTED = 1 / (1 + np.exp(-(ROWS @ np.array([[1.0], [2.0]], np.float32))))


@pytest.fixture
def client(server: str) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(urlsplit(server).netloc) as client:
        yield client


def tensor(rows: Any = ROWS, binary: bool = True, name: str = "input", datatype: str = "FP32") -> triton.InferInput:
    given = triton.InferInput(name, list(rows.shape), datatype)
    given.set_data_from_numpy(rows, binary_data=binary)
    return given


def request(**changes: Any) -> dict[str, Any]:
    """A valid request; ``changes`` are made to its input, None removes a member."""
    given = {"name": "input", "shape": [2, 2], "datatype": "FP32", "data": ROWS.tolist(), **changes}
    return {"inputs": [{key: value for key, value in given.items() if value is not None}]}


def test_health_and_metadata_for_tritonclient(client: triton.InferenceServerClient, model: str) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    assert client.is_model_ready(model)
    assert client.is_model_ready(model, "1")
    assert not client.is_model_ready(model, "2")
    assert not client.is_model_ready("nothing")
    metadata = client.get_model_metadata(model)
    assert metadata["versions"] == ["1"]
    assert metadata["inputs"] == [{"name": "input", "datatype": "FP32", "shape": [-1, 2]}]
    assert metadata["outputs"] == [{"name": "output", "datatype": "FP32", "shape": [-1, 1]}]


@pytest.mark.parametrize("binary_input", [True, False])
@pytest.mark.parametrize("binary_output", [True, False, None])
@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_inference_by_tritonclient(
    client: triton.InferenceServerClient,
    model: str,
    binary_input: bool,
    binary_output: bool | None,
    compression: str | None,
) -> None:
    outputs = None if binary_output is None else [triton.InferRequestedOutput("output", binary_data=binary_output)]
    result = client.infer(
        model,
        [tensor(binary=binary_input)],
        outputs=outputs,
        request_id="42",
        request_compression_algorithm=compression,
        response_compression_algorithm=compression,
    )
    assert np.allclose(result.as_numpy("output"), EXPECTED)
    answer = result.get_response()
    assert (answer["id"], answer["model_name"], answer["model_version"]) == ("42", model, "1")


def test_inference_by_the_asynchronous_client(server: str, model: str) -> None:
    async def infer() -> None:
        async with triton_aio.InferenceServerClient(urlsplit(server).netloc) as client:
            assert await client.is_model_ready(model)
            for binary in (True, False):
                result = await client.infer(model, [tensor(binary=binary)])
                assert np.allclose(result.as_numpy("output"), EXPECTED)
            with pytest.raises(InferenceServerException, match="no model"):
                await client.infer("nothing", [tensor()])

    asyncio.run(infer())


def test_versions_of_an_alias(client: triton.InferenceServerClient, http: httpx.Client, worker: PlayedWorker) -> None:
    for weight in (1.0, 3.0):
        http.put("/v1/models/circles", json={"job_id": worker.train(http, weight)})
    row = np.array([[1.0, 0.0]], np.float32)
    for version, weight in (("", 3.0), ("1", 1.0), ("2", 3.0)):
        result = client.infer("circles", [tensor(row)], model_version=version)
        assert result.as_numpy("output") == pytest.approx(1 / (1 + math.exp(-weight)))
        assert result.get_response()["model_version"] == (version or "2")
    assert client.get_model_metadata("circles", "1")["versions"] == ["2", "1"]
    with pytest.raises(InferenceServerException, match="version '3'"):
        client.infer("circles", [tensor(row)], model_version="3")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (tensor(np.zeros((2, 3), np.float32)), r"\[-1, 2\].*\[2, 3\]"),
        (tensor(np.zeros((2, 3), np.float32), binary=False), r"\[-1, 2\].*\[2, 3\]"),
        (tensor(np.zeros(2, np.float32)), r"\[-1, 2\].*\[2\]"),
        (tensor(ROWS.astype(np.int32), datatype="INT32"), "FP32.*'INT32'"),
        (tensor(ROWS.astype(np.int32), binary=False, datatype="INT32"), "FP32.*'INT32'"),
        (tensor(name="x"), "named 'input'"),
    ],
)
def test_tritonclient_is_told_what_was_expected(
    client: triton.InferenceServerClient, model: str, given: triton.InferInput, told: str
) -> None:
    with pytest.raises(InferenceServerException, match=told) as raised:
        client.infer(model, [given])
    assert raised.value.status() == "400"


@pytest.mark.parametrize("data", [ROWS.tolist(), ROWS.ravel().tolist()])
def test_data_may_be_flat_or_nested(http: httpx.Client, model: str, data: Any) -> None:
    answer = http.post(f"/v2/models/{model}/infer", json=request(data=data))
    assert answer.json() == {
        "model_name": model,
        "model_version": "1",
        "outputs": [
            {"name": "output", "shape": [2, 1], "datatype": "FP32", "data": pytest.approx(EXPECTED.ravel().tolist())}
        ],
    }


def test_a_raw_tensor_alone(http: httpx.Client, model: str) -> None:
    headers = {"Inference-Header-Content-Length": "0"}
    answer = http.post(f"/v2/models/{model}/infer", content=ROWS.tobytes(), headers=headers)
    length = int(answer.headers["Inference-Header-Content-Length"])
    assert json.loads(answer.content[:length])["outputs"][0]["parameters"] == {"binary_data_size": 8}
    assert np.allclose(np.frombuffer(answer.content, np.float32, offset=length), EXPECTED.ravel())


def test_tensors_lie_anywhere_in_the_body(client: triton.InferenceServerClient, model: str) -> None:
    """Also where their address is no multiple of four."""
    for id in ("1", "12", "123", "1234"):
        assert np.allclose(client.infer(model, [tensor()], request_id=id).as_numpy("output"), EXPECTED)


def test_no_rows_have_no_predictions(http: httpx.Client, model: str) -> None:
    answer = http.post(f"/v2/models/{model}/infer", json=request(shape=[0, 2], data=[])).json()
    assert answer["outputs"] == [{"name": "output", "shape": [0, 1], "datatype": "FP32", "data": []}]


def test_inputs_that_are_not_finite_are_flagged(client: triton.InferenceServerClient, model: str) -> None:
    rows = np.array([[np.nan, 1.0], [np.inf, -np.inf], [1.0, 0.5]], np.float32)
    for binary in (True, False):
        outputs = [triton.InferRequestedOutput("output", binary_data=binary)]
        result = client.infer(model, [tensor(rows)], outputs=outputs)
        assert result.get_response()["parameters"] == {"non_finite_inputs": 3}
        if binary:
            assert np.isnan(result.as_numpy("output")[:2]).all()
        else:
            assert result.get_output("output")["data"] == ["NaN", "NaN", pytest.approx(float(EXPECTED[0, 0]))]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([], "object"),
        ({}, "'inputs'"),
        ({"inputs": [3]}, "'inputs'"),
        ({"inputs": []}, "named 'input'"),
        ({"inputs": request()["inputs"] * 2}, "one input"),
        ({**request(), "id": 3}, "'id'"),
        ({**request(), "parameters": 3}, "'parameters'"),
        ({**request(), "parameters": {"binary_data_output": "yes"}}, "true or false"),
        ({**request(), "outputs": 3}, "'outputs'"),
        ({**request(), "outputs": [{"name": "x"}]}, "named 'output'"),
        ({**request(), "outputs": [{"name": "output", "parameters": {"classification": 2}}]}, "classification"),
        (request(datatype="FP16"), "FP32"),
        (request(datatype=None), "FP32"),
        (request(shape=None), "[-1, 2]"),
        (request(shape=[-1, 2]), "[-1, 2]"),
        (request(shape=[2.0, 2]), "[-1, 2]"),
        (request(shape=[4, 2]), "8 numbers"),
        (request(shape=[2**40, 2]), "[-1, 2]"),
        (request(shape=[4]), "[4]"),
        (request(shape=[]), "0 axes"),
        (request(shape=[1] * 70 + [4]), "71 axes"),
        (request(shape=[2**31 - 1] * 30_000), "30000 axes"),
        (request(data=None), "neither"),
        (request(data=3), "list"),
        (request(data=[[1, 2], [3]]), "one shape"),
        (request(data=["1", "2", "3", "4"]), "numbers"),
        (request(data=[1, 2, 3, 1e300]), "[3]"),
        (request(parameters={"binary_data_size": 16}), "not both"),
        (request(data=None, parameters={"binary_data_size": 16}), "0 bytes follow"),
        (request(data=None, parameters={"binary_data_size": "16"}), "16 bytes"),
        (request(data=None, parameters={"shared_memory_region": "x"}), "shared_memory_region"),
    ],
)
def test_a_bad_request_says_what_was_expected(http: httpx.Client, model: str, body: Any, told: str) -> None:
    response = http.post(f"/v2/models/{model}/infer", json=body)
    assert response.status_code == 400, response.text
    assert told in response.json()["error"]


def test_a_refusal_does_not_quote_the_whole_request(http: httpx.Client, model: str) -> None:
    response = http.post(f"/v2/models/{model}/infer", json=request(datatype="x" * 500_000))
    assert response.status_code == 400
    assert len(response.json()["error"]) < 3000


@pytest.mark.parametrize("length", ["x", "-1", "1000", "3"])
def test_lengths_of_json_that_cannot_be(http: httpx.Client, model: str, length: str) -> None:
    headers = {"Inference-Header-Content-Length": length}
    response = http.post(f"/v2/models/{model}/infer", content=json.dumps(request()), headers=headers)
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("content", "encoding", "status"),
    [
        (gzip.compress(b" " * 2_000_000), "gzip", 413),
        (zlib.compress(b" " * 2_000_000), "deflate", 413),
        (gzip.compress(json.dumps(request()).encode())[:-9], "gzip", 400),
        (b"no gzip", "gzip", 400),
        (b"{}", "br", 415),
        (gzip.compress(json.dumps(request()).encode()), "GZIP", 200),
        (json.dumps(request()).encode(), "identity", 200),
    ],
    ids=["far too long", "far too long, deflate", "cut off", "no gzip", "unknown", "gzip", "none"],
)
def test_compressed_bodies(http: httpx.Client, model: str, content: bytes, encoding: str, status: int) -> None:
    headers = {"Content-Encoding": encoding}
    response = http.post(f"/v2/models/{model}/infer", content=content, headers=headers)
    assert response.status_code == status, response.text


def test_a_job_without_a_model(http: httpx.Client) -> None:
    job_id = http.post("/v1/jobs", json={"dataset": "circles"}).json()["id"]
    for response in (
        http.get(f"/v2/models/{job_id}"),
        http.get(f"/v2/models/{job_id}/ready"),
        http.post(f"/v2/models/{job_id}/infer", json=request()),
    ):
        assert response.status_code == 409
        assert "queued" in response.json()["error"]
