import gzip
import re
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import text

from service.database.engine import Database
from service.database.tables import Base
from tests.support.played_worker import PlayedWorker
from tests.support.table_files import GOOD, csv, declared, npz, parquet

TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "npz": "application/x-npz"}
POINTS = "x,y,side\n" + "".join(f"{i}.5,{i % 3},{'left' if i < 10 else 'right'}\n" for i in range(20))


def put(
    http: httpx.Client, content: bytes | str | Iterator[bytes], name: str = "mine", format: str = "csv", **query: Any
) -> httpx.Response:
    if format != "npz":
        query = {"target": "side"} | query
    given = {key: value for key, value in query.items() if value is not None}
    return http.put(f"/v1/datasets/{name}", content=content, params=given, headers={"Content-Type": TYPES[format]})


TEN = np.arange(10)
# format, content, query, what the message says: one of a kind, the others are in tests/bn_models/ingest
BROKEN: dict[str, tuple[str, bytes | str, dict[str, Any], str]] = {
    "empty": ("csv", "", {}, "body is empty"),
    "a word among numbers": ("csv", csv(*GOOD[:8], "1,tall,no"), {}, "row 9, column 'b': 'tall' is not a number"),
    "nested Parquet": ("parquet", parquet(a=[[1], [2]], label=[0, 1]), {}, "column 'a' is list<"),
    "pickles": ("npz", npz(x=np.array([{}] * 10), y=TEN % 2), {}, "array x holds pickled Python objects"),
    "a zip bomb": ("npz", declared((1 << 22,), b"\x00" * (1 << 24)), {}, "at most 1,000,000 are accepted"),
}  # fmt: skip


def rows(database: Database) -> int:
    """In all tables together."""
    with database.read() as session:
        return sum(
            session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in Base.metadata.tables
            if name != "epoch_seconds"
        )


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_what_to_mend_and_leaves_nothing(
    http: httpx.Client, database: Database, case: str
) -> None:
    format, content, query, message = BROKEN[case]
    if format != "npz" and "target" not in query:
        query = {**query, "target": "label"}
    response = put(http, content, format=format, **query)
    assert response.status_code == 422, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert re.search(message, response.json()["detail"]), response.json()["detail"]
    assert rows(database) == 0


def test_what_helps_is_told_apart_from_what_is_wrong(http: httpx.Client) -> None:
    answer = put(http, csv(*GOOD[:6], "1,,no"), target="label").json()
    fact = "row 7, column 'b': the value is missing"
    drop = {"code": "DROP_ROWS", "msg": "leave such rows out with missing=drop"}
    assert answer["detail"] == f"{fact}; fill it in, or {drop['msg']}"
    assert answer["errors"] == [
        {"loc": ["body"], "msg": answer["detail"], "fact": fact, "remedies": [{"msg": "fill it in"}, drop]}
    ]


def test_what_to_look_at_before_training_is_in_every_answer(http: httpx.Client) -> None:
    lines = [f"{i},{i % 7},{i % 3 == 0},{'rare' if i % 10 == 0 else 'often'}" for i in range(40)]
    described = put(http, csv(*lines, head="patient,a,b,side")).json()
    assert len(described["warnings"]) == 2, described["warnings"]
    assert described["warnings"][0].startswith("column 'patient' has another whole number in each row")
    assert described["warnings"][1].startswith("class 'often' of target 'side' has 90.0% of the rows")
    assert described["largest_class_share"] == 0.9
    listed = http.get("/v1/datasets").json()["data"]
    for answer in (
        put(http, csv(*lines, head="patient,a,b,side")).json(),
        http.get("/v1/datasets/mine").json(),
        listed[0],
    ):
        assert (answer["warnings"], answer["largest_class_share"]) == (described["warnings"], 0.9)
    assert [(built_in["warnings"], built_in["largest_class_share"]) for built_in in listed[1:]] == [([], None)] * 6


def test_all_options_are_answered(http: httpx.Client) -> None:
    asked: dict[str, Any] = {
        "missing_values": ["?", "-"],
        "delimiter": ";",
        "decimal": ",",
        "encoding": "cp1252",
        "header": False,
    }
    content = POINTS.partition("\n")[2].replace(",", ";").replace(".", ",")
    answer = put(http, content, target="2", index="keep", **asked)
    assert answer.status_code == 201, answer.text
    assert answer.json()["options"] == {
        "format": "csv", "target": "2", "task": "classification", "test_fraction": 0.2, "seed": 0, "standardize": True,
        "columns": None, "missing": "refuse", "index": "keep", **asked,
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["punycode", "undefined", "utf-16", "a\0b", "é", "base64"])
def test_no_encoding_breaks_the_reader(http: httpx.Client, encoding: str) -> None:
    assert put(http, POINTS, encoding=encoding).status_code == 422


def test_a_dataset_of_before_has_no_warnings(http: httpx.Client, database: Database) -> None:
    put(http, POINTS)
    with database.write() as session:
        session.execute(text("UPDATE datasets SET found = json_remove(found, '$.warnings')"))
    assert http.get("/v1/datasets/mine").json()["warnings"] == []


def test_an_upload_is_described(http: httpx.Client) -> None:
    response = put(http, POINTS)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == "/v1/datasets/mine"
    described = response.json()
    assert described["labels"] == ["left", "right"]
    assert described["class_counts"] == [10, 10]
    assert (described["rows"], described["train_rows"], described["test_rows"]) == (20, 16, 4)
    assert described["columns"] == [{"name": "x", "dtype": "float"}, {"name": "y", "dtype": "int"}]
    assert described["target"] == {"name": "side", "dtype": "label"}
    assert described["preview_columns"] == ["x", "y", "side"]
    assert described["preview"][1] == ["1.5", "1", "left"]
    assert described["jobs"] == []
    assert http.get("/v1/datasets/mine").json() == described


@pytest.mark.slow
def test_the_preview_names_its_cells_wherever_the_target_is(http: httpx.Client) -> None:
    sides, xs = ["left", "right"] * 10, np.arange(20.0)
    lines = [f"{side},{x}" for side, x in zip(sides, xs, strict=True)]
    uploads: dict[str, str | bytes] = {"csv": csv(*lines, head="side,x"), "parquet": parquet(side=sides, x=xs)}
    for format, content in uploads.items():
        described = put(http, content, name=format, format=format).json()
        first = dict(zip(described["preview_columns"], described["preview"][0], strict=True))
        assert (first["side"], float(first["x"])) == ("left", 0.0)
    arrays = put(http, npz(x=xs[:, None], y=np.array(sides)), name="npz", format="npz").json()
    assert (arrays["preview_columns"], arrays["preview"][1]) == (["x[0]", "y"], [1.0, "right"])


@pytest.mark.slow
def test_lists_have_uploaded_ones_first_and_then_the_built_in(http: httpx.Client) -> None:
    put(http, POINTS)
    names = [dataset["name"] for dataset in http.get("/v1/datasets").json()["data"]]
    assert names == ["mine", "circles", "moons", "digits", "mnist", "fashion_mnist", "cifar10"]
    page = http.get("/v1/datasets", params={"limit": 3}).json()
    assert (page["has_more"], page["next"]) == (True, "moons")
    rest = http.get("/v1/datasets", params={"after": "moons"}).json()
    assert [dataset["name"] for dataset in rest["data"]] == names[3:]
    assert not rest["has_more"]
    assert http.get("/v1/datasets/digits").json()["row_shape"] == [8, 8]


@pytest.mark.slow
def test_the_same_upload_again_changes_nothing_and_another_replaces_it(http: httpx.Client, database: Database) -> None:
    first = put(http, POINTS).json()
    again = put(http, POINTS)
    assert (again.status_code, again.json()) == (200, first)
    other = put(http, POINTS, seed=1)
    assert other.status_code == 201
    assert other.json()["sha256"] != first["sha256"]
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM blobs")).scalar_one() == 1


@pytest.mark.slow
def test_a_job_gets_what_is_known_of_its_dataset(http: httpx.Client) -> None:
    uploaded = put(http, POINTS).json()
    job = http.post("/v1/jobs", json={"dataset": "mine"}).json()
    assert job["spec"]["dataset"] == {
        "name": "mine", "validation_fraction": 0.0, "resample": False, "sha256": uploaded["sha256"],
        "task": "classification", "row_shape": [2], "labels": ["left", "right"], "train_rows": 16, "test_rows": 4,
    }  # fmt: skip
    assert http.post("/v1/jobs", json=job["spec"]).status_code == 202
    assert [found["id"] for found in http.get("/v1/jobs", params={"dataset": "mine"}).json()["data"]][1] == job["id"]


@pytest.mark.slow
def test_how_an_uploads_rows_are_divided_is_kept_beside_what_is_known(http: httpx.Client) -> None:
    put(http, POINTS)
    division = {"validation_fraction": 0.25, "resample": True}
    job = http.post("/v1/jobs", json={"dataset": {"name": "mine", **division}}).json()
    dataset = job["spec"]["dataset"]
    assert (dataset["validation_fraction"], dataset["resample"], dataset["train_rows"]) == (0.25, True, 16)
    again = {**dataset, "validation_fraction": 0.5}
    assert http.post("/v1/jobs", json={"dataset": again}).json()["spec"]["dataset"] == again
    refused = http.post("/v1/jobs", json={"dataset": {"name": "mine", "validation_fraction": 0.99}})
    assert refused.status_code == 422
    assert "0.99 of 16 training rows leaves 0 to train on and 16 to validate on" in refused.json()["detail"]
    grid = {"dataset.validation_fraction": [0.25, 0.99]}
    study = http.post("/v1/studies", json={"base": {"dataset": "mine"}, "grid": grid, "seeds": 1})
    assert study.status_code == 422
    assert "0.99 of 16 training rows" in study.json()["detail"]


@pytest.mark.slow
def test_a_spec_of_other_data_of_that_name_is_refused(http: httpx.Client) -> None:
    put(http, POINTS)
    job = http.post("/v1/jobs", json={"dataset": "mine"}).json()
    spec = {**job["spec"], "dataset": {**job["spec"]["dataset"], "sha256": "0" * 64}}
    response = http.post("/v1/jobs", json=spec)
    assert response.status_code == 422
    assert "send its name alone" in response.json()["detail"]


@pytest.mark.slow
def test_an_unknown_dataset_is_refused_with_the_known_ones(http: httpx.Client) -> None:
    put(http, POINTS)
    response = http.post("/v1/jobs", json={"dataset": "circle"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "dataset"]
    assert "there is no dataset 'circle'; there are mine, circles, moons" in response.json()["detail"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"early_stopping": {"monitor": "val_accuracy"}}, "monitor must be val_loss or loss"),
        ({"output": "sigmoid"}, "output must be left out"),
        ({"batch_norm": {"on_output": True}}, "on_output needs classes"),
        ({"network": "cnn"}, "needs images"),
    ],
)
def test_a_regression_refuses_what_needs_classes(http: httpx.Client, fields: dict[str, Any], message: str) -> None:
    numbers = POINTS.replace("left", "0").replace("right", "1")
    assert put(http, numbers, target="x", task="regression").status_code == 201
    response = http.post("/v1/jobs", json={"dataset": "mine", **fields})
    assert response.status_code == 422
    assert message in response.json()["detail"]


def test_a_study_of_an_uploaded_dataset(http: httpx.Client) -> None:
    put(http, POINTS)
    study = {"base": {"dataset": "mine"}, "grid": {"batch_norm.placement": ["none", "after_activation"]}, "seeds": 3}
    response = http.post("/v1/studies", json=study)
    assert response.status_code == 202, response.text
    assert response.json()["base"]["dataset"]["labels"] == ["left", "right"]
    assert http.get("/v1/datasets/mine").json()["job_count"] == 6
    assert http.patch(f"/v1/studies/{response.json()['id']}", json={"seeds": 4}).status_code == 202
    assert http.post("/v1/studies", json={**study, "base": {"dataset": "yours"}}).status_code == 422


@pytest.mark.slow
def test_a_used_dataset_is_neither_changed_nor_deleted(http: httpx.Client, worker: PlayedWorker) -> None:
    put(http, POINTS)
    job = http.post("/v1/jobs", json={"dataset": "mine"}).json()
    assert http.get("/v1/datasets/mine").json()["jobs"] == [job["id"]]
    changed, deleted = put(http, POINTS, seed=1), http.delete("/v1/datasets/mine")
    assert (changed.status_code, deleted.status_code) == (409, 409)
    assert f"used by job {job['id']}" in changed.json()["detail"]
    assert f"used by job {job['id']}" in deleted.json()["detail"]
    assert put(http, POINTS).status_code == 200
    worker.fail(worker.claim())
    assert http.delete(f"/v1/jobs/{job['id']}").status_code == 204
    assert http.delete("/v1/datasets/mine").status_code == 204


@pytest.mark.slow
def test_a_deleted_dataset_leaves_nothing(http: httpx.Client, database: Database) -> None:
    put(http, POINTS)
    assert http.delete("/v1/datasets/mine").status_code == 204
    assert rows(database) == 0
    assert http.get("/v1/datasets/mine").status_code == 404
    assert http.delete("/v1/datasets/mine").status_code == 404


def test_built_in_names_are_taken(http: httpx.Client) -> None:
    assert put(http, POINTS, name="circles").status_code == 409
    assert http.delete("/v1/datasets/circles").status_code == 409
    assert put(http, POINTS, name="No Capitals").status_code == 422


def test_other_types_are_refused(http: httpx.Client) -> None:
    response = http.put("/v1/datasets/mine", params={"target": "side"}, content=POINTS)
    assert response.status_code == 415
    assert "text/csv" in response.json()["detail"]


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_above_the_limit_is_refused_while_it_comes(
    http: httpx.Client, database: Database, announced: bool
) -> None:
    """Sent in pieces it has no Content-Length."""
    pieces = [b"x" * 100_000] * 11
    response = put(http, b"".join(pieces) if announced else iter(pieces))
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert rows(database) == 0


PENGUINS = [
    ("Adelie", "Torgersen", 39.1, 18.7), ("Adelie", "Torgersen", None, None), ("Gentoo", "Biscoe", 46.1, 13.2),
    ("Gentoo", None, 50.0, 16.3), (None, "Biscoe", 48.7, 14.1), ("Adelie", "Dream", 39.5, 16.7),
]  # fmt: skip
NAMES = ("species", "island", "bill_length", "bill_depth")


@pytest.mark.slow
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_columns_are_chosen_and_rows_that_miss_one_of_them_are_left_out(http: httpx.Client, format: str) -> None:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in PENGUINS * 5]
    columns: dict[str, list[Any]] = dict(zip(NAMES, map(list, zip(*PENGUINS * 5, strict=True)), strict=True))
    content = csv(*lines, head=",".join(NAMES)) if format == "csv" else parquet(**columns)
    wanted: dict[str, Any] = {"target": "species", "columns": ["bill_depth", "bill_length"]}
    refused = put(http, content, format=format, **wanted)
    assert refused.json()["detail"].startswith("row 2, column 'bill_length': the value is missing")
    found = put(http, content, format=format, missing="drop", **wanted).json()
    assert [column["name"] for column in found["columns"]] == ["bill_length", "bill_depth"]
    assert (found["rows"], found["dropped_rows"]) == (20, 10)
    assert (found["labels"], found["class_counts"]) == (["Adelie", "Gentoo"], [10, 10])
    assert found["preview_columns"] == ["species", "bill_length", "bill_depth"]
    assert [row[0] for row in found["preview"]] == ["Adelie", "Gentoo", "Gentoo", "Adelie", "Adelie"]
    assert (found["options"]["columns"], found["options"]["missing"]) == (wanted["columns"], "drop")
    assert put(http, content, format=format, missing="drop", **wanted).status_code == 200


@pytest.mark.slow
def test_every_format_gives_the_same_data(http: httpx.Client) -> None:
    x, y = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32), TEN.repeat(3) % 2
    lines = [f"{a!r},{b!r},{label}" for (a, b), label in zip(x.tolist(), y, strict=True)]
    described = [
        put(http, csv(*lines, head="a,b,side")).json(),
        put(http, parquet(a=x[:, 0], b=x[:, 1], side=y), name="p", format="parquet").json(),
        put(http, npz(x=x, y=y), name="n", format="npz").json(),
    ]
    assert [found["labels"] for found in described] == [[0, 1]] * 3
    assert len({found["sha256"] for found in described}) == 1


PACKED = gzip.compress(csv(*GOOD).encode())


@pytest.mark.parametrize(
    ("content", "encoding", "status", "told"),
    [
        (b"no gzip", "gzip", 422, "the body is not gzip"),
        (PACKED[:-9], "gzip", 422, "it ends too soon"),
        (PACKED + b"more", "gzip", 422, "goes on too long"),
        (b"{}", "br", 415, "use gzip, deflate or none"),
        (gzip.compress(b" " * 2_000_000), "gzip", 413, "larger than this server accepts"),
        (PACKED, "identity", 422, "compressed with gzip: unpack it, or send it with Content-Encoding: gzip"),
    ],
    ids=["no gzip", "cut off", "something behind it", "unknown", "far too long", "not said"],
)
def test_packed_files_are_refused_with_what_to_mend(
    http: httpx.Client, content: bytes, encoding: str, status: int, told: str
) -> None:
    headers = {"Content-Type": "text/csv", "Content-Encoding": encoding}
    answer = http.put("/v1/datasets/mine", params={"target": "label"}, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert told in answer.json()["detail"]


@pytest.mark.slow
def test_a_packed_file_is_the_file(http: httpx.Client) -> None:
    plain = put(http, csv(*GOOD), target="label").json()
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    packed = http.put("/v1/datasets/packed", params={"target": "label"}, content=PACKED, headers=headers)
    assert packed.status_code == 201, packed.text
    assert packed.json()["sha256"] == plain["sha256"]
