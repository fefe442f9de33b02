"""What is refused, each with what to mend; what is accepted is in test_accept."""

import re
from pathlib import Path
from typing import Any

import pytest

from bn_models.ingest.accept import accept
from bn_models.ingest.options import Options
from tests.support.table_files import GOOD, csv, refusal

# content, options, what the message says
BROKEN: dict[str, tuple[bytes | str, dict[str, Any], str]] = {
    "no rows": (csv(), {}, "no rows"),
    "no target given": (csv(*GOOD), {"target": None},
        "the file's columns are 'a', 'b', 'label'"),
    "unknown target": (csv(*GOOD), {"target": "price"}, "no column 'price' to predict; the file's columns are"),
    "no header": (csv("3,4,0", head="1,2,1"), {}, "looks like data and not like names of columns"),
    "two columns of one name": (csv(*GOOD, head="a,a,label"), {}, "two columns are named 'a'"),
    "a column without a name": (csv(*GOOD, head=",b,label"), {}, "column 1 has no name"),
    "only the target": ("label\nyes\nno\n", {}, "nothing to predict it from"),
    "semicolons": ("a;b;label\n1;2;yes\n", {}, "separate them by commas"),
    "spaces": ("a b label\n1 2 yes\n", {}, "separated by ' ': separate them by commas, or name the delimiter"),
    "commas where semicolons are expected": (csv(*GOOD), {"delimiter": ";"},
        "separated by ',': separate them by ';', or name the delimiter"),
    "a first line about something else": (csv(*GOOD, head="10,2"), {"header": False, "target": "2"},
        "the first line has 2 cells and the next 3: name every column in .*, or delete it if"),
    "a tab too many": ("a\tlabel\n1\tyes\n1\t2\tno\n", {"delimiter": "\t"},
        r"row 2 has 3 cells .* \(a cell with '\\t' in it needs quotation marks"),
    "a word for a missing label": (csv(*GOOD[:6], "1,2,NA"), {},
        "row 7, column 'label': the value is missing, which 'NA' stands for; .*, or say what stands for"),
    "a comment": (csv(*GOOD, head="# made today\na,b,label"), {}, "is a comment, '# made today': delete"),
    "thousands": (csv('"1,000",2,no', '"2,000",2,yes'), {}, "'1,000' has a comma, which may stand between"),
    "a decimal comma": (csv('"1,5",2,no', '"2,5",2,yes'), {}, "'1,5' has a decimal comma"),
    "an underscore": (csv("1_1,2,no", "11,2,yes"), {}, "row 1, column 'a': '1_1' is not a number"),
    "an unknown encoding": (csv(*GOOD), {"encoding": "nowhere"}, "there is no encoding 'nowhere'"),
    "an encoding that decodes nothing": (csv(*GOOD), {"encoding": "undefined"}, "the file is not undefined text"),
    "an encoding that no name can be": (csv(*GOOD), {"encoding": "a\0b"}, "there is no encoding"),
    "not UTF-8": (csv(*GOOD).encode() + b"1,2,\xff\n", {}, "save it as CSV in UTF-8"),
    "an open quotation mark": (csv(*GOOD, '1,2,"yes'), {}, "quotation mark"),
    "a cell too many": (csv(*GOOD[:4], "1,2,3,no"), {}, "row 5 has 4 cells and the file has 3 columns"),
    "a cell too few": (csv(*GOOD[:2], "1,no"), {}, "row 3 has 2 cells"),
    "a missing value": (csv(*GOOD[:6], "1,,no", "x,2,no"), {}, "row 7, column 'b': the value is missing"),
    "a missing label": (csv(*GOOD[:6], "1,2, "), {}, "row 7, column 'label': the value is missing"),
    "NaN": (csv(*GOOD[:3], "NaN,2,no"), {}, "row 4, column 'a': the value is missing"),
    "infinity": (csv(*GOOD[:3], "1,inf,no"), {}, "row 4, column 'b': inf is not a finite"),
    "a column that is not there": (csv(*GOOD), {"columns": ["a", "c"]}, "no column 'c' to predict from; the"),
    "the target to predict from": (csv(*GOOD), {"columns": ["a", "label"]}, "leave it out of columns"),
    "a bad cell behind a dropped row": (csv(*GOOD[:3], "1,,no", "1,tall,no"), {"missing": "drop"},
        "row 5, column 'b': 'tall' is not a number"),
    "nothing but dropped rows": (csv("1,,no", "2,,yes"), {"missing": "drop"}, "every row misses a value"),
    "a word among numbers": (csv(*GOOD[:8], "1,tall,no"), {}, "row 9, column 'b': 'tall' is not a number"),
    "a column of words": (csv("red,1,no", "blue,2,yes"), {},
        "row 1, column 'a': 'red' is not a number; features must"),
    "one class": (csv("1,2,no", "2,3,no"), {}, "'no' in every row: two classes are needed"),
    "classes of one row": (csv("1,2,yes", "1,2,no", "1,2,perhaps"), {},
        "3 of the 3 classes of target 'label' have 1 row each, 'no' among them"),
    "numbers as classes": (csv("1,2,0.5", "2,3,0.7"), {},
        "row 1, target 'label': 0.5 is not a class; .*take it as a number to predict"),
    "words in a regression": (csv(*GOOD), {"task": "regression"}, "row 1, column 'label': 'no' is not a number"),
    "a constant in a regression": (csv("1,2,3", "2,2,3", "3,2,3"), {"task": "regression"}, "nothing to learn"),
    "too few rows for the split": (csv(*GOOD[:4]), {}, "change the part of the rows to test on, or add rows"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_with_what_to_mend(tmp_path: Path, case: str) -> None:
    content, options, message = BROKEN[case]
    options = {"target": "label"} | options
    refused = refusal(content, "csv", tmp_path, **options)
    assert re.search(message, refused), refused


@pytest.mark.parametrize("head", [",a,b,label", "a,a,b,label"])
def test_columns_that_are_not_read_need_no_name_of_their_own(tmp_path: Path, head: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(csv(*(f"{i},{line}" for i, line in enumerate(GOOD)), head=head))
    found = accept(path, Options("csv", "label", columns=["b"]), 1_000_000, tmp_path / "accepted.npz")
    assert [column["name"] for column in found["columns"]] == ["b"]


def test_several_spaces_separate_as_one(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("  a   label\n" + "".join(f"{i:>4}  {'yes' if i % 2 else 'no'}\n" for i in range(10)))
    found = accept(path, Options("csv", "label", delimiter=" "), 1_000_000, tmp_path / "accepted.npz")
    assert [column["name"] for column in found["columns"]] == ["a"]
    assert found["labels"] == ["no", "yes"]


def test_blank_lines_are_nothing_above_the_names_either(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("\n\n" + csv(*GOOD))
    assert accept(path, Options("csv", "label"), 1_000_000, tmp_path / "accepted.npz")["rows"] == len(GOOD)
