"""Runs that were trained elsewhere, over HTTP."""

import gzip
import json
import random
from typing import Any

import httpx
import pytest

from tests.support.external_runs import Columns, as_csv, finals, runs

EMPTY: Columns = {"arm": [], "seed": [], "val_accuracy": []}


def compare(http: httpx.Client, columns: Columns, **asked: Any) -> dict[str, Any]:
    answer = http.post("/v1/comparisons", json={"columns": columns, "baseline": "plain", **asked})
    assert answer.status_code == 200, answer.text
    comparison: dict[str, Any] = answer.json()
    return comparison


def refused(answer: httpx.Response, status: int = 422) -> tuple[list[Any], str]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    [first, *_] = problem.get("errors") or [{"loc": [], "msg": problem["detail"]}]
    return first["loc"], first["msg"]


def test_a_comparison_is_that_of_a_study(http: httpx.Client) -> None:
    found = compare(http, runs())
    assert (found["study_id"], found["partial"], found["metric"]) == (None, False, "val_accuracy")
    assert (found["threshold"], found["confidence"]) == (0.8, 0.95)
    plain, normalized = found["arms"]
    assert (plain["label"], plain["settings"], plain["runs"], plain["against_baseline"]) == ("plain", {}, 8, None)
    assert plain["curves"]["epoch"] == [1, 2, 3, 4]
    assert plain["epochs_to_threshold"]["reached"] == 0
    assert normalized["epochs_to_threshold"]["median"] == 4
    final = normalized["against_baseline"]["final"]
    assert final["difference"] == pytest.approx(0.1, abs=0.01)
    assert final["p_adjusted"] <= 0.05
    assert "final val_accuracy higher" in normalized["finding"]


def test_a_csv_says_what_columns_say_in_any_order_of_rows(http: httpx.Client) -> None:
    columns = runs()
    lines = as_csv(columns).splitlines()
    # the first row of either arm stays in front: arms are in the order in which they come
    kept, mixed = [lines[1], lines[1 + len(columns["arm"]) // 2]], lines[2:]
    mixed.remove(kept[1])
    random.Random(0).shuffle(mixed)
    table = "\ufeff" + "\r\n".join([lines[0], *kept, *mixed, "", ""])
    asked: dict[str, Any] = {
        "baseline": "plain",
        "margin": 0.2,
        "ratio_margin": 1.5,
        "confidence": 0.9,
        "split": "one",
        "test_rows": 40,
    }
    from_csv = http.post("/v1/comparisons", params=asked, content=table, headers={"Content-Type": "text/csv"})
    assert from_csv.status_code == 200, from_csv.text
    assert from_csv.json() == compare(http, columns, **asked)
    assert "on this one split, 40 test rows" in from_csv.json()["arms"][1]["finding"]
    packed = http.post(
        "/v1/comparisons", params=asked, content=gzip.compress(table.encode()),
        headers={"Content-Type": "text/csv; charset=utf-8", "Content-Encoding": "gzip"},
    )  # fmt: skip
    assert packed.json() == from_csv.json()


def test_final_values_alone_are_enough(http: httpx.Client) -> None:
    columns = finals(plain=[0.80, 0.81, 0.82, 0.79, 0.80, 0.81], normalized=[0.9, 0.91, 0.92, 0.9, 0.91, 0.9])
    found = compare(http, columns)
    assert found["threshold"] is None
    assert "higher" in found["arms"][1]["headline"]
    at_100 = compare(http, {**columns, "epoch": [100] * 12})
    assert at_100 == found  # one row a run: no course of training
    place, told = refused(
        http.post("/v1/comparisons", json={"columns": columns, "baseline": "plain", "threshold": 0.85})
    )
    assert (place, "no run has two epochs" in told) == (["body", "threshold"], True)


def test_arms_may_be_numbers_and_seeds_words(http: httpx.Client) -> None:
    columns = finals(plain=[0.1, 0.2, 0.3], normalized=[0.2, 0.35, 0.4])
    numbered = {**columns, "arm": [0.1] * 3 + [0.01] * 3, "seed": ["a", "b", "c", "c", "a", "b"]}
    for baseline in (0.1, "0.1"):
        answer = http.post("/v1/comparisons", json={"columns": numbered, "baseline": baseline})
        assert [arm["label"] for arm in answer.json()["arms"]] == ["0.1", "0.01"]
        assert answer.json()["arms"][1]["against_baseline"]["final"]["difference"] == pytest.approx(0.35 / 3)
    large = {**columns, "seed": [2**64 + 1, 2**64 + 2, 2**64 + 3] * 2}
    assert compare(http, large)["arms"] == compare(http, columns)["arms"]


def test_names_of_metrics_say_which_is_better(http: httpx.Client) -> None:
    """Of a threshold: reached from above by a loss, from below by a score; ``better`` has the last word."""
    columns = runs()
    columns["score"] = columns.pop("loss")
    found = compare(http, {**columns, "word_error_rate": columns["score"]}, metric="word_error_rate", threshold=0.5)
    assert found["arms"][0]["epochs_to_threshold"]["median"] == 2
    assert compare(http, columns, metric="score", threshold=0.5)["arms"][0]["epochs_to_threshold"]["median"] == 1
    found = compare(http, columns, metric="score", threshold=0.5, better="lower")
    assert found["arms"][0]["epochs_to_threshold"]["median"] == 2


def test_what_was_measured_last_stands(http: httpx.Client) -> None:
    """Evaluated every second epoch, counted from 0: the curve begins with the first value and has steps."""
    columns = runs(epochs=5)
    columns["epoch"] = [epoch - 1 for epoch in columns["epoch"]]
    columns["val_accuracy"] = [
        value if epoch % 2 else (None, "", "NaN")[epoch // 2]
        for value, epoch in zip(columns["val_accuracy"], columns["epoch"], strict=True)
    ]
    plain = compare(http, columns, threshold=0.7)["arms"][0]
    mean = plain["curves"]["val_accuracy"]["mean"]
    assert mean[0] is None
    assert mean[1] == mean[2] == pytest.approx(0.5535)
    assert mean[3] == mean[4] == pytest.approx(plain["final"]["val_accuracy"]["mean"])
    assert plain["epochs_to_threshold"]["median"] == 4
    assert plain["diverged"] == 0


def test_a_run_whose_losses_end_without_a_number_has_diverged(http: httpx.Client) -> None:
    columns = runs(arms={"plain": 0.0, "normalized": 0.1})
    for row, (arm, seed, epoch) in enumerate(zip(columns["arm"], columns["seed"], columns["epoch"], strict=True)):
        if arm == "plain" and seed < 3 and epoch > 2:
            columns["loss"][row] = ("NaN", "Infinity", "-inf")[seed]
    plain, normalized = compare(http, columns)["arms"]
    assert (plain["diverged"], normalized["diverged"]) == (3, 0)
    assert "0 of 8 runs diverged against 3 of 8" in normalized["finding"]
    columns["loss"] = ["NaN"] * len(columns["loss"])
    everywhere = compare(http, columns, metric="loss")
    assert [arm["diverged"] for arm in everywhere["arms"]] == [8, 8]
    assert "no finite" in everywhere["arms"][0]["finding"]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (finals(plain=[0.5], normalized=[0.7]), "one shared seed allows no statement"),
        (finals(plain=[0.5] * 6, normalized=[0.5] * 6), "no difference found"),
        (finals(plain=[0.5, 0.6] * 4, normalized=[0.5, 0.6] * 4), "no difference found"),
        (finals(plain=[0.5, 0.6, 0.7] * 3, normalized=[0.6, 0.7]), "only the 2 seeds that both have"),
        (finals(plain=[0.5, 0.6, 0.7] * 3, normalized=["NaN"] * 9), "no shared seed has a finite final val_accuracy"),
        ({**finals(plain=[0.5], normalized=[0.7]), "seed": [0, 1]}, "no seed is shared with plain"),
    ],
)
def test_findings_say_no_more_than_there_is(http: httpx.Client, columns: Columns, told: str) -> None:
    assert told in compare(http, columns)["arms"][1]["finding"]


def test_splits_of_one_table_widen_what_is_said_of_them(http: httpx.Client) -> None:
    columns = finals(plain=[0.5, 0.6, 0.7, 0.55], normalized=[0.6, 0.64, 0.8, 0.66])
    plain = compare(http, columns, split="a seed", test_rows=100)["arms"][0]["final"]["val_accuracy"]
    shared = compare(http, columns, split="a seed", test_rows=100, train_rows=400)
    assert shared["conditions"]["overlap"] == 0.25
    wider = shared["arms"][0]["final"]["val_accuracy"]
    assert wider["high"] - wider["mean"] == pytest.approx((plain["high"] - plain["mean"]) * 2**0.5)


@pytest.mark.parametrize(
    ("format", "begins"), [("html", b"<!doctype"), ("md", b"# Runs"), ("png", b"\x89PNG"), ("csv", b"arm,")]
)
def test_reports(http: httpx.Client, format: str, begins: bytes) -> None:
    sent = {"columns": runs(epochs=2), "baseline": "plain"}
    answer = http.post("/v1/comparisons", params={"format": format}, json=sent)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"] == f'inline; filename="comparison.{format}"'
    if format in ("html", "md"):
        assert "trained elsewhere" in answer.text
        assert "/v1/studies" not in answer.text


GOOD = finals(plain=[0.5, 0.6], normalized=[0.6, 0.7])


@pytest.mark.parametrize(
    ("body", "place", "told"),
    [
        ({"columns": GOOD}, ["body", "baseline"], "the arms are 'plain', 'normalized'"),
        ({"columns": GOOD, "baseline": "none"}, ["body", "baseline"], "the arms are 'plain', 'normalized'"),
        ({"columns": GOOD, "baseline": None}, ["body", "baseline"], "say which arm"),
        ({"columns": GOOD, "baseline": ["plain"]}, ["body", "baseline"], "string"),
        ({"columns": GOOD, "metric": "f1"}, ["body", "metric"], "there are 'val_accuracy'"),
        ({"columns": GOOD, "metric": "accuracy_gap"}, ["body", "metric"], "there are 'val_accuracy'"),
        ({"columns": GOOD, "margin": -1}, ["body", "margin"], "greater than or equal to 0"),
        ({"columns": GOOD, "margin": "NaN"}, ["body", "margin"], "finite"),
        ({"columns": GOOD, "ratio_margin": 1}, ["body", "ratio_margin"], "greater than 1"),
        ({"columns": GOOD, "better": "more"}, ["body", "better"], "'higher' or 'lower'"),
        ({"columns": GOOD, "confidence": 1}, ["body", "confidence"], "less than or equal"),
        ({"columns": GOOD, "split": "two"}, ["body", "split"], "'one' or 'a seed'"),
        ({"columns": GOOD, "split": "one"}, ["body", "test_rows"], "give 'test_rows'"),
        ({"columns": GOOD, "test_rows": 0}, ["body", "test_rows"], "greater than or equal to 1"),
        ({"columns": GOOD, "treshold": 0.8}, ["body", "treshold"], "not permitted"),
        ({"columns": runs(), "threshold": 80}, ["body", "threshold"], "from 0 to 1"),
        ({"columns": {}}, ["body", "columns", "arm"], "there is no column 'arm'"),
        ({"columns": {**GOOD, "seed": [0]}}, ["body", "columns", "seed"], "'arm' has 4 rows, 'seed' 1"),
        ({"columns": {k: v for k, v in GOOD.items() if k != "seed"}}, ["body", "columns", "seed"], "'arm', 'val_acc"),
        ({"columns": EMPTY}, ["body", "columns"], "there is no row"),
        ({"columns": {**GOOD, "seed": [0, 0, 0, 1]}}, ["body", "columns", "seed", 1], "row 2: seed 0 of arm plain"),
        ({"columns": {**GOOD, "seed": [0, None, 0, 1]}}, ["body", "columns", "seed", 1], "row 2: None is no seed"),
        ({"columns": {**GOOD, "arm": ["plain", {}, "b", "b"]}}, ["body", "columns", "arm", 1], "is no name of an arm"),
        ({"columns": {**GOOD, "arm": ["plain", "", "b", "b"]}}, ["body", "columns", "arm", 1], "is no name of an arm"),
        ({"columns": {**GOOD, "arm": ["plain", "a\nb", "b", "b"]}}, ["body", "columns", "arm", 1], "is no name"),
        ({"columns": {**GOOD, "epoch": [-1, 0, 1, 2]}}, ["body", "columns", "epoch", 0], "is no epoch"),
        ({"columns": {**GOOD, "epoch": [1, 2, 1.5, 2]}}, ["body", "columns", "epoch", 2], "row 3: 1.5 is no epoch"),
        ({"columns": {**GOOD, "epoch": [1, 2, 3, 1e300]}}, ["body", "columns", "epoch", 3], "is no epoch"),
        ({"columns": {**GOOD, "x": [1, 2, "adam", 2]}}, ["body", "columns", "x", 2], "row 3: 'adam' is not a number"),
        ({"columns": {**GOOD, "x": [1, 2, "1_0", 2]}}, ["body", "columns", "x", 2], "row 3"),
        ({"columns": {**GOOD, "x": [1, True, 1, 2]}}, ["body", "columns", "x", 1], "row 2"),
        ({"columns": {**GOOD, "x": [1, [2], 1, 2]}}, ["body", "columns", "x", 1], "row 2"),
        ({"columns": {**GOOD, "x": [10**400, 2, 1, 2]}}, ["body", "columns", "x", 0], "row 1"),
        ({"columns": {**GOOD, "val_accuracy": [0.5, 60, 70, 80]}}, ["body", "columns", "val_accuracy", 1], "by 100"),
        ({"columns": {**GOOD, "a\x00b": [1, 2, 3, 4]}}, ["body", "columns"], "no name of a metric"),
        ({"columns": {"arm": ["plain"], "seed": [0]}}, ["body", "columns"], "there is no metric"),
        ({"columns": {"arm": ["plain"], "seed": [0], "a": [1], "b": [1]}}, ["body", "metric"], "there are 'a', 'b'"),
        ({"columns": {"arm": ["plain"], "seed": 0}}, ["body", "columns", "seed"], "array"),
        ({"columns": [["plain", 0, 1]]}, ["body", "columns"], "object"),
        ({"columns": {**runs(), "epoch": [1, 2, 3, 10**6] * 16}}, ["body", "columns"], "5,000,000"),
        ({"columns": {f"m{i}": [1] for i in range(99)} | {"arm": ["a"], "seed": [1]}}, ["body", "columns"], "101 col"),
        ([1, 2], ["body"], "object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(http: httpx.Client, body: Any, place: list[Any], told: str) -> None:
    if isinstance(body, dict):
        body = {"baseline": "plain", **body}
        if told.startswith("the arms are") and place[-1] == "baseline" and body["baseline"] == "plain":
            del body["baseline"]
    loc, message = refused(http.post("/v1/comparisons", content=json.dumps(body), headers=TYPE))
    assert (loc, told in message) == (place, True), message


TYPE = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("table", "query", "place", "told"),
    [
        ("", "baseline=a", ["body"], "the table is empty"),
        ("arm,seed,x\n", "baseline=a", ["body"], "there is no row"),
        ("arm;seed;x\na;1;2", "baseline=a", ["body", "arm"], "the columns are 'arm;seed;x'"),
        ("arm,seed,x,x\na,1,2,3", "baseline=a", ["body", "x"], "two columns are named x"),
        ("arm,seed,x\na,1,2,3", "baseline=a", ["body"], "row 1 has 4 cells"),
        ("arm,seed,x\na,1", "baseline=a", ["body"], "row 1 has 2 cells"),
        ('arm,seed,x\na,1,"2', "baseline=a", ["body"], "this is no CSV"),
        ("arm,seed,x\na,1,two", "baseline=a", ["body", "x", 0], "row 1: 'two' is not a number"),
        ("arm,seed,x\na,1,2", "baseline=b", ["query", "baseline"], "the arms are 'a'"),
        ("arm,seed,x\na,1,2", "baseline=a&metric=y", ["query", "metric"], "there are 'x'"),
        ("arm,seed,x\na,1,2", "baseline=a&threshold=x", ["query", "threshold"], "number"),
        ("arm,seed,x\na,1,2", "baseline=a&tune=x", ["query", "tune"], "there is no query parameter"),
        ("arm,seed,x\na,1,2", "baseline=a&format=pdf", ["query", "format"], "'html'"),
        (b"arm,seed,x\n\xff,1,2", "baseline=a", ["body"], "not UTF-8"),
        (b"\x89PNG\x00\x00", "baseline=a", ["body"], "not UTF-8"),
        ("arm,seed,x\na,1," + "9" * 200_000, "baseline=a", ["body"], "this is no CSV"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_csv(
    http: httpx.Client, table: str | bytes, query: str, place: list[Any], told: str
) -> None:
    answer = http.post(f"/v1/comparisons?{query}", content=table, headers={"Content-Type": "text/csv"})
    loc, message = refused(answer)
    assert (loc, told in message) == (place, True), message


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", TYPE, 422), (b"{", TYPE, 422), (b"\xff", TYPE, 422), (b"null", TYPE, 422), (b"[" * 100_000, TYPE, 422),
        (b'{"columns": {"arm": ["\\ud800"], "seed": [1], "x": [1]}, "baseline": "a"}', TYPE, 422),
        (b"{}", {}, 415), (b"{}", {"Content-Type": "application/x-npz"}, 415),
        (b"{}", {**TYPE, "Content-Encoding": "br"}, 415), (b"{}", {**TYPE, "Content-Encoding": "gzip"}, 422),
        (b" " * 16_000_001, TYPE, 413), (gzip.compress(b" " * 16_000_001), {**TYPE, "Content-Encoding": "gzip"}, 413),
    ],
)  # fmt: skip
def test_bodies_that_are_none(http: httpx.Client, content: bytes, headers: dict[str, str], status: int) -> None:
    refused(http.post("/v1/comparisons", content=content, headers=headers), status)


def test_a_question_stands_beside_the_columns(http: httpx.Client) -> None:
    answer = http.post("/v1/comparisons?margin=0.1", json={"columns": GOOD, "baseline": "plain"})
    assert refused(answer)[0] == ["query", "margin"]


@pytest.mark.parametrize("value", [1e308, -1e308, 1e100, 5e-324, "1e999", 0, "NaN", None])
def test_extreme_numbers_are_answered_and_none_is_called_a_difference(http: httpx.Client, value: Any) -> None:
    columns = finals(plain=[0.5] * 6, normalized=[0.5] * 6)
    columns["score"] = [value, 1, value, 2, value, 3] * 2
    del columns["val_accuracy"]
    finding = compare(http, columns, margin=0)["arms"][1]["finding"]
    assert [word for word in ("inf", "nan", "higher", "lower") if word in finding.replace("finite", "")] == []


@pytest.mark.slow
def test_a_thousand_arms(http: httpx.Client) -> None:
    arms = {"plain": 0.0} | {f"arm {i}": 0.0001 * i for i in range(1000)}
    found = compare(http, runs(epochs=2, seeds=5, arms=arms))
    assert len(found["arms"]) == 1001
