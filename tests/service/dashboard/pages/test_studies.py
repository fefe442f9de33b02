"""The pages of studies and datasets in a real browser; skipped where the server does not have these yet."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from sklearn.datasets import load_wine

from service.client import BNLab
from tests.support.browser import Visit, violations
from tests.support.external_runs import as_csv, runs

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def routes(site: str) -> set[str]:
    return set(httpx.get(f"{site}/openapi.json").json()["paths"])


def chosen(page: Page, field: str, option: str) -> None:
    page.get_by_label(field).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_study_is_started_from_the_form_and_its_verdict_is_read(visit: Visit, routes: set[str], lab: BNLab) -> None:
    if "/v1/studies" not in routes:
        pytest.skip("this server has no studies")
    page = visit("/studies/new")
    assert violations(page) == []
    page.get_by_label("Study name").fill("from the form")
    page.get_by_label("Seeds", exact=True).fill("0")
    page.get_by_label("Values 1").fill("none, after_activation")
    page.get_by_label("Epochs").fill("12")
    page.get_by_role("button", name="Start study").click()
    expect(page.locator(".q-field", has=page.get_by_label("Seeds", exact=True))).to_contain_text("greater than")
    page.get_by_label("Seeds", exact=True).fill("2")
    page.get_by_label("Looks").fill("1, 3")
    page.get_by_role("button", name="Start study").click()
    expect(page.locator(".q-field", has=page.get_by_label("Looks"))).to_contain_text("it is at all of them")
    page.get_by_label("Looks").fill("1, 2")
    page.get_by_label("Path 2").fill("batch_size")
    page.get_by_label("Values 2").fill("0")
    page.get_by_role("button", name="Start study").click()
    expect(page.locator(".q-field", has=page.get_by_label("Values 2"))).to_contain_text("greater than")
    expect(page.locator(".q-field--error")).to_have_count(1)
    page.get_by_label("Path 2").fill("")
    page.get_by_role("button", name="Start study").click()
    page.wait_for_url(re.compile(r"/studies/[0-9a-f]{32}$"))
    expect(page.locator(".status")).to_have_text("finished", timeout=90_000)
    rows = page.locator("table.plain tbody tr")
    expect(rows).to_have_count(2, timeout=20_000)
    expect(page.locator("li", has_text="val_accuracy")).to_have_count(2)
    expect(page.get_by_role("columnheader", name="final val_accuracy")).to_be_visible()
    expect(page.get_by_text("One split, 500 test rows, on which")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Threshold of val_accuracy").fill("80")
    expect(page.get_by_role("alert")).to_contain_text("between 0 and 1")
    page.get_by_label("Threshold of val_accuracy").fill("0.6")
    expect(page.get_by_role("columnheader", name="epochs to 0.6")).to_be_visible()
    chosen(page, "Metric", "val_loss")
    expect(page.get_by_role("columnheader", name="final val_loss")).to_be_visible()
    expect(page.get_by_label("Threshold of val_loss")).to_have_value("")
    chosen(page, "Each arm at its best", "batch_norm.placement")
    expect(page.get_by_role("heading", name="Each arm at its own best placement")).to_be_visible()
    chosen(page, "Differences along", "batch_norm.placement")
    expect(page.get_by_text("No arm is compared with a baseline at two values of placement")).to_be_visible()
    report = page.get_by_role("link", name="Report as Markdown").get_attribute("href") or ""
    assert {"metric=val_loss", "tune=batch_norm.placement"} < set(report.partition("?")[2].split("&"))
    assert violations(page) == []
    page.goto(page.url.rpartition("/")[0])
    expect(page.get_by_role("link", name="from the form")).to_be_visible()
    assert violations(page) == []


def test_how_a_file_is_written_is_said_in_fields_and_what_to_look_at_before_training(
    visit: Visit, routes: set[str], tmp_path: Path
) -> None:
    if "/v1/datasets" not in routes:
        pytest.skip("this server has no uploaded datasets")
    lines = [f"{i};{i % 7},5;{'yes' if i % 10 else 'no'}" for i in range(40)] + ["-;1,5;yes"]
    (tmp_path / "t.csv").write_text("\n".join(["patient;size;café", *lines]), encoding="cp1252")
    page = visit("/datasets")
    page.get_by_label("File").set_input_files(tmp_path / "t.csv")
    expect(page.get_by_label("Dataset name")).to_have_value("t")  # what is suggested, which would come in between
    page.get_by_label("Dataset name").fill("written")
    problem = page.get_by_role("alert")

    def refused(told: str) -> None:
        page.get_by_role("button", name="Upload").last.click()
        expect(problem).to_contain_text(told)

    def choose(field: str, value: str) -> None:
        page.get_by_label(field).click()
        page.get_by_role("option", name=value, exact=True).click()

    refused("write its Encoding")
    page.get_by_label("Encoding").fill("cp1252")
    refused("choose it as Delimiter")
    choose("Delimiter", "semicolon")
    page.get_by_label("Column to predict").fill("")
    refused("name it as Column to predict")
    page.get_by_label("Column to predict").fill("café")
    refused("choose the comma as Decimal mark")
    choose("Decimal mark", "comma")
    refused("write all that does in Stands for a missing value")
    page.get_by_label("Stands for a missing value").fill('"", -')
    refused("choose to leave them out in Rows that miss a value")
    choose("Rows that miss a value", "leave them out")
    page.get_by_label("Encoding").fill("x" * 50)
    page.get_by_role("button", name="Upload").last.click()
    expect(page.locator(".q-field", has=page.get_by_label("Encoding"))).to_contain_text("at most 40")
    page.get_by_label("Encoding").fill("cp1252")
    assert violations(page) == []
    page.get_by_role("button", name="Upload").last.click()
    page.wait_for_url(re.compile("/datasets/written$"))
    expect(page.get_by_text("column 'patient' has another whole number in each row")).to_be_visible()
    expect(page.get_by_text("90.0% of the rows", exact=True)).to_be_visible()
    assert violations(page) == []


def test_a_table_is_uploaded_and_trained_on(visit: Visit, routes: set[str], tmp_path: Path) -> None:
    if "/v1/datasets" not in routes:
        pytest.skip("this server has no uploaded datasets")
    load_wine(as_frame=True).frame.to_csv(tmp_path / "wine.csv", index=False)
    (tmp_path / "Another (one).csv").write_text("a,b\n1,2\n")
    page = visit("/datasets")
    page.get_by_label("File").set_input_files(tmp_path / "Another (one).csv")
    expect(page.get_by_label("Dataset name")).to_have_value("another_one_")
    page.get_by_label("Dataset name").fill("a/b")
    page.get_by_role("button", name="Upload").last.click()
    expect(page.locator(".q-field", has=page.get_by_label("Dataset name"))).to_contain_text("1 to 64 of a to z")
    page.get_by_label("Dataset name").fill("")
    page.get_by_label("File").set_input_files(tmp_path / "wine.csv")
    expect(page.get_by_label("Dataset name")).to_have_value("wine")
    expect(page.get_by_label("Column to predict")).to_have_value("target")
    assert violations(page) == []
    page.get_by_role("button", name="Upload").last.click()
    page.wait_for_url(re.compile("/datasets/wine$"))
    expect(page.get_by_text("alcohol").first).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="New job with it").click()
    page.wait_for_url(re.compile("/jobs/new"))
    page.get_by_label("Epochs").fill("5")
    page.get_by_role("button", name="Submit job").click()
    expect(page.get_by_role("heading", name="Predict")).to_be_visible(timeout=60_000)
    page.get_by_label("alcohol").fill("13")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator(".bars .best").first).to_be_visible()


def test_runs_trained_elsewhere_are_compared(visit: Visit, tmp_path: Path) -> None:
    table, broken = tmp_path / "runs.csv", tmp_path / "broken.csv"
    table.write_text(as_csv(runs()) + "\n" * 600_000)  # more than one piece of a file
    broken.write_text("arm,seed,val_accuracy\nplain,0,much\n")
    page = visit("/studies")
    page.get_by_role("link", name="Compare runs trained elsewhere").click()
    page.wait_for_url(re.compile("/studies/compare$"))
    assert violations(page) == []
    page.locator("input[type=file]").set_input_files(broken)
    expect(page.get_by_role("alert")).to_contain_text("row 1: 'much' is not a number", timeout=20_000)
    page.locator("input[type=file]").set_input_files(table)
    expect(page.locator("li", has_text="normalized: 0.854, higher")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.locator("table.plain tbody tr")).to_have_count(2)
    expect(page.locator("li", has_text="normalized against plain")).to_be_visible()
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Report as HTML").click()
    assert "Runs trained elsewhere" in Path(download.value.path()).read_text()
    page.get_by_label("Baseline").click()
    page.get_by_role("option", name="normalized").click()
    expect(page.locator("li", has_text="plain against normalized")).to_be_visible(timeout=20_000)
    page.get_by_label("Metric").click()
    page.get_by_role("option", name="loss", exact=True).click()
    expect(page.locator("li", has_text="final loss").first).to_be_visible(timeout=20_000)
    assert violations(page) == []
