"""The same over HTTP: one table in every format, and the numbers beside models against ``:predict`` of their rows."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from service.vocabulary import MEDIA_TYPES
from tests.support.processes import Client, serving
from tests.support.table_files import npz, parquet

pytestmark = pytest.mark.slow
Array = np.ndarray[Any, Any]
IRIS = load_iris()
X, SPECIES = IRIS.data.astype(np.float64), IRIS.target_names[IRIS.target]
IMAGES = np.stack([X, X[:, ::-1]], axis=2)  # (150, 4, 2), which every kind of network takes
SPEC: dict[str, Any] = {
    "epochs": 8, "batch_size": 16, "batch_norm": "before_activation", "activation": "leaky_relu",  # no unit dies
}  # fmt: skip
NETWORKS: dict[str, dict[str, Any]] = {
    "mlp": {"kind": "mlp", "hidden_units": [6]},
    "cnn": {"kind": "cnn", "conv_filters": [3], "kernel_size": 2, "dense_units": []},
    "rnn": {"kind": "rnn", "cell": "simple_rnn", "units": [4]},
}


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(tmp_path_factory.mktemp("served")) as url, Client(base_url=url, timeout=150) as http:
        yield http


def upload(http: Client, name: str, format: Any, content: bytes, **query: Any) -> dict[str, Any]:
    headers = {"Content-Type": MEDIA_TYPES[format]}
    response = http.put(f"/v1/datasets/{name}", params=query, content=content, headers=headers)
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def csv(x: Array, digits: str = "{!r}") -> bytes:
    lines = [",".join([*map(digits.format, row), label]) for row, label in zip(x.tolist(), SPECIES, strict=True)]
    return "\n".join(["a,b,c,d,species", *lines]).encode()


def test_a_table_is_the_same_in_every_format_and_far_from_zero(http: Client) -> None:
    x = np.round(X * 8) / 8  # exact when 1e9 is added
    far = x + np.array([0, 0, 1e9, 0])
    columns = dict(zip("abcd", x.T, strict=True))
    upload(http, "as-csv", "csv", csv(x), target="species")
    upload(http, "as-digits", "csv", csv(x, "{:.17g}"), target="species")
    upload(http, "as-parquet", "parquet", parquet(**columns, species=SPECIES.tolist()), target="species")
    upload(http, "as-npz", "npz", npz(x=x, y=SPECIES))
    upload(http, "far", "csv", csv(far), target="species")
    found = {}
    for name in ("as-csv", "as-digits", "as-parquet", "as-npz", "far"):
        job = http.succeeded(http.submit(dataset=name, network=NETWORKS["mlp"], **SPEC))
        rows = far if name == "far" else x
        answer = http.post(f"/v1/models/{job['id']}:predict", json={"instances": rows.tolist()}).json()
        final = {key: value for key, value in job["result"]["final"].items() if key != "seconds" and value is not None}
        found[name] = (final, answer)
    final, answer = found["as-csv"]
    assert all(one == (final, answer) for name, one in found.items() if name != "far")
    # 120 rows to train on are no power of two: the mean of eighths near 1e9 is rounded
    assert found["far"][0] == pytest.approx(final, rel=1e-4)
    np.testing.assert_allclose(found["far"][1]["predictions"], answer["predictions"], atol=1e-4)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("output", ["softmax", "sigmoid", "regression"])
def test_final_is_what_predictions_say(http: Client, network: str, output: str) -> None:
    rows = IMAGES if output != "sigmoid" else IMAGES[:100]
    y = X[:, 0] * 10 if output == "regression" else SPECIES[: len(rows)]
    task = "regression" if output == "regression" else "classification"
    upload(http, f"{output}-{network}", "npz", npz(x=rows, y=y), task=task, seed=3)
    strata = None if output == "regression" else y
    _, x_test, _, y_test = train_test_split(rows, y, test_size=0.2, random_state=3, stratify=strata)
    stopping = {"monitor": "val_loss", "patience": 2, "restore_best": True}
    runs: list[dict[str, Any]] = [
        {"learning_rate": 0.05},
        {"learning_rate": 0.3, "early_stopping": stopping, "seed": 1},
        {"learning_rate": 1e6},
        {"learning_rate": 1e5, "early_stopping": stopping},
    ]
    for fields in runs:
        spec = {**SPEC, "network": NETWORKS[network], "dataset": f"{output}-{network}", **fields}
        job = http.succeeded(http.submit(**spec))
        final = job["result"]["final"]
        answer = http.post(f"/v1/models/{job['id']}:predict", json={"instances": x_test.tolist()}).json()
        if output == "regression":
            errors = np.abs(np.array(answer["predictions"], np.float64)[:, 0] - y_test)
            assert alike(float(final["val_mae"]), float(errors.mean()))
        else:
            assert final["val_accuracy"] == np.mean(np.array(answer["labels"]) == y_test)
        assert job["result"]["diverged_at_epoch"] is not None or fields["learning_rate"] != 1e6


def alike(first: float, second: float) -> bool:
    return first == pytest.approx(second, rel=1e-4) if math.isfinite(first) else not math.isfinite(second)
