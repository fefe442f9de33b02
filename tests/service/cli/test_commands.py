"""Commands as a person types them, against a running service."""

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.external_runs import as_csv, runs
from tests.support.processes import ROOT, Client, bnlab, command, reserved_port, url_in

LONG = ("--dataset", "moons", "--set", "dataset.n_samples=20000", "--epochs", "50000")
"""Minutes of training on any machine: 1,000 rows would have ended before a slow test looks."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cli")
    log, database = folder / "log", f"sqlite:///{folder / 'bnlab.db'}"
    with bnlab("serve", "--slots", "1", log=log, database=database), Client(base_url=url_in(log)) as http:
        http.until_ready()
        yield str(http.base_url)


@pytest.mark.slow
def test_submit_watch_jobs_predict(server: str, tmp_path: Path) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text('{"dataset": "circles", "epochs": 3, "name": "from a file"}')
    submitted = command("submit", str(spec), server=server)
    assert submitted.returncode == 0, submitted.stderr
    job_id = submitted.stdout.strip()
    watched = command("watch", job_id, "--server", server)
    assert watched.returncode == 0, watched.stderr
    assert "succeeded" in watched.stdout
    listed = command("jobs", "--status", "succeeded", server=server)
    assert job_id in listed.stdout
    assert "from a file" in listed.stdout
    predicted = command("predict", job_id, "-", "--json", stdin="[[0.1, 0.2]]", server=server)
    [[probability]] = json.loads(predicted.stdout)
    assert 0 < probability < 1
    by_name = command("predict", job_id, "-", stdin='[{"x": 0.1, "y": 0.2}]', server=server)
    assert by_name.returncode == 2
    assert "the model has no names" in by_name.stderr


@pytest.mark.slow
def test_rows_are_predicted_by_the_names_of_their_columns(server: str, tmp_path: Path) -> None:
    assert command("upload", "examples/iris.csv", "--target", "species", server=server).returncode == 0
    job_id = command("submit", "--dataset", "iris", "--epochs", "1", server=server).stdout.strip()
    assert command("watch", job_id, server=server).returncode == 0
    expected = command("predict", job_id, "-", stdin="[[5.1, 3.5, 1.4, 0.2]]", server=server)
    table = "petal_width,sepal_length, petal_length,sepal_width\n0.2,5.1,1.4,3.5\n\n"
    file = tmp_path / "rows.csv"
    file.write_text("\ufeff" + table)
    record = '[{"petal_width": 0.2, "petal_length": 1.4, "sepal_length": 5.1, "sepal_width": 3.5}]'
    for source, stdin in (("-", record), ("-", table), (str(file), "")):
        assert command("predict", job_id, source, stdin=stdin, server=server).stdout == expected.stdout
    for stdin, told in (
        (table.replace("petal_w", "leaf_w"), "no column 'leaf_width'"),
        (table.replace("0.2", "1_0"), "column 'petal_width', row 1: '1_0' is not a number"),
        (table.replace("0.2", ""), "column 'petal_width', row 1: '' is not a number"),
    ):
        refused = command("predict", job_id, "-", stdin=stdin, server=server)
        assert (refused.returncode, told in refused.stderr) == (2, True), refused.stderr


@pytest.mark.slow
def test_json_for_scripts_and_exit_codes(server: str) -> None:
    spec = '{"dataset": {"name": "moons", "n_samples": 20000}, "epochs": 50000}'
    job = json.loads(command("submit", "-", "--json", stdin=spec, server=server).stdout)
    assert json.loads(command("cancel", job["id"], "--json", server=server).stdout)["status"] == "cancelled"
    watched = command("watch", job["id"], "--json", server=server)
    assert watched.returncode == 1
    assert json.loads(watched.stdout)[0]["status"] == "cancelled"
    again = command("cancel", job["id"], server=server)
    assert again.returncode == 4
    assert "cancelled already" in again.stderr


@pytest.mark.slow
def test_submit_without_a_file_and_watch(server: str) -> None:
    arguments = "submit --dataset circles --placement after_activation --learning-rate 0.01 --epochs 3 --watch --json"
    more = [
        "--set",
        "optimizer.momentum=0.5",
        "--set",
        "network.hidden_units=[8]",
        "--tag",
        "a.b:c d",
        "--server",
        server,
    ]
    watched = command(*arguments.split(), *more)
    assert watched.returncode == 0, watched.stderr
    [job] = json.loads(watched.stdout)
    assert (job["status"], job["tags"], job["progress"]["epoch"]) == ("succeeded", {"a.b": "c d"}, 3)
    spec = job["spec"]
    assert (spec["batch_norm"]["placement"], spec["learning_rate"]) == ("after_activation", 0.01)
    assert (spec["optimizer"]["momentum"], spec["network"]["hidden_units"]) == (0.5, [8])
    shown = command("show", job["id"], server=server)
    assert "val_accuracy" in shown.stdout
    listed = json.loads(command("jobs", "--tag", "a.b:c d", "--json", server=server).stdout)
    assert [found["id"] for found in listed["data"]] == [job["id"]]


@pytest.mark.slow
def test_bars_only_on_a_terminal(server: str) -> None:
    submit = ["submit", "--dataset", "circles", "--epochs", "3", "--watch", "--server", server]
    assert "━━" not in command(*submit).stdout.partition("┏")[0]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "service", *submit], stdout=theirs, cwd=ROOT, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    assert "3/3" in _everything(ours)
    assert process.wait() == 0


@pytest.mark.slow
def test_retry_and_export_of_a_model(server: str, tmp_path: Path) -> None:
    job = json.loads(command("submit", *LONG, "--json", server=server).stdout)
    command("cancel", job["id"], server=server)
    assert "queued" in command("retry", job["id"], server=server).stdout
    command("cancel", job["id"], server=server)
    nothing = command("export", "model", job["id"], "--to", str(tmp_path / "model.onnx"), server=server)
    assert (nothing.returncode, "has no model" in nothing.stderr) == (4, True)
    [done] = json.loads(
        command("submit", "--dataset", "moons", "--epochs", "1", "--watch", "--json", server=server).stdout
    )
    path = tmp_path / "model.onnx"
    assert command("export", "model", done["id"], "--to", str(path), server=server).returncode == 0
    assert hashlib.sha256(path.read_bytes()).hexdigest() == done["result"]["model"]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "told", "code"),
    [
        (("submit", "-"), '{"dataset": "nonsense"}', "dataset", 4),
        (("submit", "-"), "not json", "Expecting value", 2),
        (("submit", "-"), "[1]", "is a JSON object, not [1]", 2),
        (("submit", "--dataset", "circles", "--tag", "paper"), "", "KEY:VALUE", 2),
        (("submit", "--dataset", "circles", "--set", "epochs=0", "--set", "batch_size=0"), "", "body.epochs", 4),
        (("submit", "--dataset", "circles", "--set", "epochs=0", "--set", "batch_size=0"), "", "body.batch_size", 4),
        (("jobs", "--tag", "paper"), "", "KEY:VALUE", 2),
        (("show", ""), "", "'' is not an id", 2),
        (("show", "a?b"), "", "there is no job 'a?b'", 4),
        (("upload", "README.md"), "", "must end in .csv", 2),
        (("study", "brownlee-circles", "--report", "nowhere/report.html"), "", "no folder", 2),
        (("submit", "nowhere.json"), "", "nowhere.json", 2),
        (("submit",), "", "--dataset", 2),
        (("submit", "--dataset", "circles", "--set", "epochs"), "", "key.path=value", 2),
        (("submit", "--dataset", "circles", "--set", "epochs.a=1"), "", "422", 4),
        (("submit", "--dataset", "circles", "--learning-rate", "nan"), "", "not JSON compliant", 2),
        (("submit", "--dataset", "circles", "--placement", "inside"), "", "inside", 2),
        (("watch", "nothing"), "", "no job", 4),
        (("predict", "nothing", "-"), "[[1]]", "no model", 4),
        (("predict", "nothing", "-"), "[[NaN]]", "NaN is no JSON", 2),
        (("predict", "nothing", "-"), '[{"a": 1, "a": 2}]', "has 'a' twice", 2),
        (("predict", "nothing", "-"), "a,b\n1,2", "no model", 4),
    ],
)
@pytest.mark.slow
def test_what_went_wrong_is_said(server: str, arguments: tuple[str, ...], stdin: str, told: str, code: int) -> None:
    result = command(*arguments, stdin=stdin, server=server)
    assert (result.returncode, "Traceback" in result.stderr) == (code, False)
    assert told in result.stderr


def test_a_server_that_is_not_there() -> None:
    with reserved_port() as port:
        result = command("jobs", "--server", f"http://127.0.0.1:{port}")
    assert result.returncode == 3
    assert "cannot be reached" in result.stderr


@pytest.mark.parametrize("arguments", [("jobs",), ("doctor",), ("study", "brownlee-circles"), ("predict", "ID", "-")])
def test_what_is_no_address_of_a_server_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    for result in (
        command(*arguments, stdin="[[1]]", server="localhost:8000"),
        command(*arguments, "--server", "localhost:8000", stdin="[[1]]", server="http://127.0.0.1:1"),
    ):
        assert (result.returncode, "Traceback" in result.stderr) == (2, False)
        assert "'localhost:8000' is no URL of a server" in result.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("bnlab sub", "submit"),
        ("bnlab submit --placement b", "before_activation"),
        ("bnlab jobs --dataset ci", "circles"),
    ],
)
def test_the_shell_completes_commands_options_and_values(typed: str, offered: str) -> None:
    last = str(len(typed.split()) - 1)
    environment = {**os.environ, "_BNLAB_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": last}
    completed = subprocess.run(
        [sys.executable, "-m", "service"], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    assert offered in completed.stdout.split()


def _everything(terminal: int) -> str:
    """What is written to a terminal until its other end is closed."""
    read = b""
    try:
        while data := os.read(terminal, 65_536):
            read += data
    except OSError:  # Linux says the end so
        pass
    os.close(terminal)
    return read.decode()


@pytest.mark.slow
def test_a_study_with_its_report(server: str, tmp_path: Path) -> None:
    design = tmp_path / "study.json"
    grid = {"batch_norm.placement": ["none", "after_activation"]}
    design.write_text(json.dumps({"base": {"dataset": "circles", "epochs": 2}, "grid": grid}))
    report = tmp_path / "report.md"
    ran = command("study", str(design), "--seeds", "2", "--report", str(report), server=server)
    assert ran.returncode == 0, ran.stderr
    assert "placement=after_activation" in ran.stdout
    assert report.read_text().startswith("# Study ")
    study_id = next(line.split()[2] for line in ran.stdout.splitlines() if line.startswith("bnlab comparison "))
    again = command("comparison", study_id, "--metric", "val_loss", "--report", str(report), server=server)
    assert again.returncode == 0, again.stderr
    assert "final val_loss" in again.stdout
    assert "final val_loss" in report.read_text()
    answer = json.loads(command("comparison", study_id, "--tune", "placement", "--json", server=server).stdout)
    assert answer["tune"] == "batch_norm.placement"
    refused = command("study", str(design), "--seeds", "1", "--tune", "momentum", server=server)
    assert (refused.returncode, "differ in batch_norm.placement" in refused.stderr) == (4, True)
    asked = command("study", "-", "--seeds", "1", "--json", stdin=design.read_text(), server=server)
    assert [arm["runs"] for arm in json.loads(asked.stdout)["comparison"]["arms"]] == [1, 1]
    unknown = command("study", "nope", server=server)
    assert (unknown.returncode, "brownlee-circles" in unknown.stderr) == (4, True)
    assert command("study", str(design), "--report", "report.pdf", server=server).returncode == 2


@pytest.mark.slow
def test_runs_trained_elsewhere_are_compared_with_a_report(server: str, tmp_path: Path) -> None:
    table = tmp_path / "runs.csv"
    table.write_text(as_csv(runs()))
    report = tmp_path / "out.html"
    compared = command("compare", str(table), "--margin", "0.2", "--report", str(report), server=server)
    assert compared.returncode == 0, compared.stderr
    assert "normalized against plain: " in " ".join(compared.stdout.split())
    assert "Runs trained elsewhere" in report.read_text()
    asked = ("--baseline", "normalized", "--metric", "loss", "--threshold", "0.5", "--better", "higher")
    found = json.loads(command("compare", "-", "--json", *asked, stdin=table.read_text(), server=server).stdout)
    assert (found["metric"], found["threshold"], found["arms"][1]["against_baseline"]) == ("loss", 0.5, None)
    refused = command("compare", str(table), "--baseline", "x", server=server)
    assert (refused.returncode, "the arms are 'plain', 'normalized'" in refused.stderr) == (4, True)
    for wrong in ((str(tmp_path / "none.csv"),), (str(table), "--report", "out.pdf"), (str(table), "--better", "x")):
        assert command("compare", *wrong, server=server).returncode == 2


@pytest.mark.slow
def test_runs_are_compared_without_a_server_and_nothing_stays(tmp_path: Path) -> None:
    environment = {**os.environ, "BNLAB_SERVER": "", "PYTHONPATH": str(ROOT)}
    compared = subprocess.run(
        [sys.executable, "-m", "service", "compare", "-", "--json"],
        input=as_csv(runs()), capture_output=True, text=True, env=environment, cwd=tmp_path, timeout=120,
    )  # fmt: skip
    assert compared.returncode == 0, compared.stderr
    assert len(json.loads(compared.stdout)["arms"]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_upload_and_train_a_regression(server: str, tmp_path: Path) -> None:
    table = tmp_path / "doubled.csv"
    table.write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(50)))
    uploaded = command("upload", str(table), "--target", "y", "--task", "regression", server=server)
    assert uploaded.stdout.strip() == "doubled: 40 rows to train and 10 to test on", uploaded.stderr
    assert uploaded.stderr.count("warning: column 'x'") == 2, uploaded.stderr
    job_id = command("submit", "-", stdin='{"dataset": "doubled", "epochs": 3}', server=server).stdout.strip()
    watched = command("watch", job_id, server=server)
    assert watched.returncode == 0, watched.stderr
    refused = command("upload", str(table), "--target", "z", "--name", "other", server=server)
    assert refused.returncode == 4
    assert "no column 'z' to predict" in refused.stderr
    unnamed = command("upload", str(table), "--name", "other", server=server)
    assert "say which one with --target COLUMN" in unnamed.stderr
    assert "target=" not in unnamed.stderr


@pytest.mark.slow
def test_an_upload_takes_its_name_from_the_file_and_says_how_to_read_it(server: str, tmp_path: Path) -> None:
    file = tmp_path / "My (own) Table.csv"
    file.write_text("where,a (mm),b,kind\n" + "".join(f"x,{i},{i % 5},{'uv'[i % 2]}\n" for i in range(40)) + "x,,1,u\n")
    options = ["--columns", "a (mm), b", "--missing", "drop", "--seed", "7", "--no-standardize"]
    found = json.loads(command("upload", str(file), "--target", "kind", *options, "--json", server=server).stdout)
    assert (found["name"], found["rows"], found["dropped_rows"]) == ("my_own_table", 40, 1)
    assert (found["options"]["seed"], found["options"]["standardize"]) == (7, False)
    assert [column["name"] for column in found["columns"]] == ["a (mm)", "b"]
    assert "column 'a (mm)'" in found["warnings"][0]


@pytest.mark.slow
def test_ctrl_c_ends_the_watching_alone_and_says_so(server: str) -> None:
    job = json.loads(command("submit", *LONG, "--json", server=server).stdout)
    watch = [sys.executable, "-m", "service", "watch", job["id"], "--server", server]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        watch, stdout=theirs, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "TERM": "xterm"}
    )
    with Client(base_url=server) as http, process:
        os.close(theirs)
        shown = b""
        while b"val_accuracy" not in shown:  # the bar moves
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        _everything(ours)
        told = process.stderr.read() if process.stderr else ""
        assert http.job(job["id"])["status"] == "running"
    command("cancel", job["id"], server=server)
    assert (process.returncode, f"bnlab watch {job['id']}" in told, "Traceback" in told) == (130, True, False)
