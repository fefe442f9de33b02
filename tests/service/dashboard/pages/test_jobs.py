"""The pages of jobs in a real browser."""

import re
import time
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from service.client import BNLab
from tests.support.browser import Visit, violations

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SUCCEEDED = re.compile("succeeded")
DIGITS: dict[str, Any] = {
    "dataset": "digits",
    "network": {"kind": "mlp", "hidden_units": [64]},
    "optimizer": "adam",
    "learning_rate": 0.005,
    "epochs": 15,
}


@pytest.fixture(scope="module")
def digits(lab: BNLab) -> str:
    job = lab.wait(lab.submit({**DIGITS, "name": "digits to draw"})["id"])
    assert job["result"]["final"]["val_accuracy"] > 0.9
    return str(job["id"])


def test_a_job_is_submitted_from_the_form_and_watched_until_it_has_ended(visit: Visit, lab: BNLab) -> None:
    page = visit("/jobs/new")
    page.get_by_label("Name", exact=True).last.fill("from the form")
    page.get_by_label("Epochs").fill("40")
    expect(page.locator("pre").first).to_contain_text('"epochs": 40')
    expect(page.locator("pre").last).to_contain_text("'name': 'from the form'")
    page.get_by_role("button", name="Submit job").click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("from the form")
    expect(page.locator(".status")).to_have_text(SUCCEEDED, timeout=60_000)
    expect(page.get_by_text("epoch 40 of 40")).to_be_visible()
    expect(page.get_by_role("heading", name="Model")).to_be_visible()
    [job] = lab.jobs(name="from the form")["data"]
    assert job["spec"]["epochs"] == 40
    assert job["spec"]["batch_norm"]["placement"] == "after_activation"


def test_what_happened_inside_is_drawn(visit: Visit, lab: BNLab) -> None:
    job = lab.wait(lab.submit({"dataset": "circles", "epochs": 5, "diagnostics": True})["id"])
    page = visit(f"/jobs/{job['id']}")
    for title in ("Training mode and inference mode", "Batch mean away from the moving mean", "Share dead", "Gamma"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    assert violations(page) == []


def test_a_drawn_digit_is_recognized(visit: Visit, digits: str) -> None:
    page = visit(f"/jobs/{digits}")
    canvas = page.locator("canvas[role=img]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    for degrees in range(0, 361, 15):
        x, y = _on_ellipse(degrees)
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
    page.mouse.up()
    best = page.locator(".bars .best")
    expect(best.first).to_have_text("0")
    page.get_by_role("button", name="Clear").click()
    expect(best).to_have_count(0)


def _on_ellipse(degrees: float) -> tuple[float, float]:
    return 0.5 + 0.25 * sin(radians(degrees)), 0.5 - 0.36 * cos(radians(degrees))


def test_digits_are_drawn_with_the_keyboard_too(visit: Visit, digits: str) -> None:
    page = visit(f"/jobs/{digits}")
    page.locator("canvas[role=img]").focus()
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    for _ in range(16):
        page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".bars .best").first).to_be_visible()


def test_numbers_are_predicted_for_tables(visit: Visit, lab: BNLab) -> None:
    job = lab.wait(lab.submit({"dataset": "circles", "epochs": 3, "name": "circles to ask"})["id"])
    page = visit(f"/jobs/{job['id']}")
    page.get_by_label("x1").fill("0.9")
    page.get_by_label("x2").fill("0.3")
    page.get_by_role("button", name="Predict").click()
    [[second]] = lab.predict(job["id"], [[0.9, 0.3]])
    expect(page.locator(".bars")).to_contain_text(f"{second:.3f}")
    expect(page.locator(".bars")).to_contain_text(f"{1 - second:.3f}")
    page.get_by_label("x2").fill("1e300")
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_role("alert").filter(has_text="not a finite")).to_be_visible()
    expect(page.locator(".bars")).to_be_empty()
    page.get_by_label("x2").fill("")
    page.get_by_role("button", name="Predict").click()
    expect(page.locator(".q-field", has=page.get_by_label("x2"))).to_contain_text("a number is needed")


def test_an_error_is_shown_beside_its_field_and_a_double_click_submits_once(visit: Visit, lab: BNLab) -> None:
    page = visit("/jobs/new")
    page.get_by_label("Epochs").fill("0")
    page.get_by_label("Hidden units").fill("50, 0")
    page.get_by_role("button", name="Submit job").click()
    for label in ("Epochs", "Hidden units"):
        field = page.locator(".q-field", has=page.get_by_label(label))
        expect(field).to_contain_text("Input should be greater than or equal to 1")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Hidden units").fill("50")
    page.get_by_label("Epochs").fill("1")
    page.get_by_label("Name").last.fill("clicked twice")
    page.get_by_role("button", name="Submit job").dblclick()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))
    assert len(lab.jobs(name="clicked twice")["data"]) == 1


@pytest.mark.parametrize("path", ["/jobs/new?dataset=nope", "/jobs/new?like=nope", "/studies/new?dataset=nope"])
def test_a_form_for_what_is_not_there_says_so(visit: Visit, path: str) -> None:
    page = visit(path)
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    expect(page.get_by_text("'nope'")).to_be_visible()


def test_jobs_are_filtered_and_cancelled_in_the_table(visit: Visit, lab: BNLab) -> None:
    job = lab.submit({"dataset": {"name": "circles", "n_samples": 20_000}, "epochs": 100_000, "name": "endless"})
    page = visit("/")
    page.get_by_label("Name").fill("endless")
    row = page.locator(".ag-center-cols-container .ag-row")
    expect(row).to_have_count(1)
    page.locator(f'.ag-row[row-id="{job["id"]}"] .ag-checkbox-input').first.click()
    page.get_by_role("button", name="Cancel selected").click()
    expect(row).to_contain_text("cancelled")
    assert lab.job(job["id"])["status"] == "cancelled"
    page.get_by_label("Name").fill("no such name")
    expect(page.get_by_role("heading", name="No job matches")).to_be_visible()


@pytest.mark.timing
def test_epochs_are_shown_within_a_second(visit: Visit, lab: BNLab) -> None:
    job = lab.submit({"dataset": {"name": "circles", "n_samples": 200_000}, "epochs": 10_000, "name": "long"})
    page = visit(f"/jobs/{job['id']}")
    page.wait_for_function("() => /epoch [1-9]/.test(document.body.innerText)")
    behind = []
    for _ in range(5):
        time.sleep(0.5)
        known = lab.job(job["id"])["progress"]["epoch"]
        begin = time.monotonic()
        shown = "() => Number(/epoch (\\d+) of/.exec(document.body.innerText)[1])"
        page.wait_for_function(f"known => ({shown})() >= known", arg=known, timeout=5000)
        behind.append(time.monotonic() - begin)
    lab.cancel(job["id"])
    assert sorted(behind)[2] < 1.0


def test_thousands_of_epochs_a_second_do_not_leave_the_page_behind(visit: Visit, lab: BNLab) -> None:
    job = lab.submit({"dataset": "circles", "epochs": 20_000, "name": "fast"})
    page = visit(f"/jobs/{job['id']}")
    page.wait_for_function("() => /epoch [1-9]/.test(document.body.innerText)", timeout=30_000)
    assert lab.job(job["id"], wait=50)["status"] == "succeeded"
    expect(page.get_by_role("heading", name="Model")).to_be_visible()
    expect(page.get_by_text("epoch 20000 of 20000")).to_be_visible()


def test_rows_are_divided_in_the_form_and_told_apart_on_the_page(visit: Visit, lab: BNLab, tmp_path: Path) -> None:
    (tmp_path / "halves.csv").write_text("x,y\n" + "0.1,a\n0.9,b\n" * 20)
    lab.upload("halves", tmp_path / "halves.csv", target="y")
    page = visit("/jobs/new?dataset=halves")
    page.get_by_label("Validation fraction").fill("0.25")
    page.get_by_role("checkbox", name="Resample").click()
    expect(page.get_by_label("Sha256")).to_have_count(0)
    page.get_by_label("Epochs").fill("3")
    expect(page.locator("pre").first).to_contain_text('"validation_fraction": 0.25')
    page.get_by_role("button", name="Submit job").click()
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{32}$"))
    expect(page.locator(".status")).to_have_text(SUCCEEDED, timeout=60_000)
    for fact in ("Training rows' accuracy", "Validation accuracy", "Test accuracy"):
        expect(page.get_by_text(fact, exact=True)).to_be_visible()


def test_another_spec_starts_from_a_job_that_is_there(visit: Visit, digits: str) -> None:
    page = visit(f"/jobs/{digits}")
    page.get_by_role("link", name="New job like this").click()
    page.wait_for_url(re.compile("/jobs/new"))
    expect(page.get_by_label("Hidden units")).to_have_value("64")
    expect(page.locator("pre").first).to_contain_text('"name": "digits"')


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("path", ["/", "/jobs/new", "/jobs/{digits}", "/jobs/none"])
def test_pages_are_accessible_and_fit_a_phone(visit: Visit, digits: str, path: str, dark: bool) -> None:
    page = visit(path.format(digits=digits), dark=dark)
    page.wait_for_timeout(500)
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
