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
    "a first line about something else": (csv(*GOOD, head="10,2"), {"header": False, "target": "2"},
        "the first line has 2 cells and the next 3: name every column in .*, or delete it if"),
    "a title": (csv(*GOOD, head="Of 2024"), {}, "the first line has 1 cell and the next 3: name every column"),
    "a tab too many": ("a\tlabel\n1\tyes\n1\t2\tno\n", {"delimiter": "\t"},
        r"row 2 has 3 cells .* a cell with '\\t' in it needs quotation marks"),
    "a word for a missing label": (csv(*GOOD[:6], "1,2,NA"), {},
        "row 7, column 'label': the value is missing, which 'NA' stands for if .*, or say what stands for"),
    "thousands": (csv('"1,000",2,no', '"2,000",2,yes'), {}, "'1,000' has a comma in it; .*thousands without"),
    "an underscore": (csv("1_1,2,no", "11,2,yes"), {}, "row 1, column 'a': '1_1' is not a number"),
    "a date": (csv("01.02.2024,2,no", "11.02.2024,2,yes"), {}, "'01.02.2024' is not a number; features must"),
    "a number among truths": (csv("true,2,no", "true,2,yes", "1,2,no"), {}, "'1' is not a number; .*true and false"),
    "not UTF-8": (csv(*GOOD).encode() + b"1,2,\xff\n", {}, "save it as CSV in UTF-8"),
    "an open quotation mark": (csv(*GOOD, '1,2,"yes'), {}, "quotation mark"),
    "a cell too many": (csv(*GOOD[:4], "1,2,3,no"), {},
        "row 5 has 4 cells and the file has 3 columns: a cell with a comma in it, a decimal comma too, needs"),
    "a bar too many": (csv(*GOOD[:4], "1,2,3,no").replace(",", "|"), {"delimiter": "|"}, "a cell with '|' in it needs"),
    "a cell too few": (csv(*GOOD[:2], "1,no"), {}, "row 3 has 2 cells and the file has 3 columns: complete the row"),
    "one cell": (csv(*GOOD[:2], "1"), {}, "row 3 has 1 cell and"),
    "a comment between rows": (csv(*GOOD[:2], "# so far"), {}, "row 3: '# so far' looks like a comment; delete"),
    "a comment with commas": (csv(*GOOD[:2], "# a,b,c"), {}, "row 3, column 'a': '# a' looks like a comment"),
    "spaces in the target": (csv(*GOOD), {"target": " label"}, "no column ' label' to predict, but there is 'label'"),
    "capitals in a column": (csv(*GOOD), {"columns": ["A"]}, "no column 'A' to predict from, but there is 'a'"),
    "a name where there is no line of them": (csv(*GOOD), {"header": False}, "'0', '1', '2' .without a line of names"),
    "a decimal comma": (csv(*GOOD, '"1,5",2,no'), {}, "'1,5' has a comma in it; .*say that the decimal"),
    "a mark of thousands": (csv(*GOOD, '"1,234.5",2,no'), {}, "write decimal points, and thousands without a mark"),
    "a decimal point": (csv("1.5;2;no", head="a;b;label"), {"delimiter": ";", "decimal": ","},
        "'1.5' does not have a comma as its only mark"),
    "a dash": (csv(*GOOD, "-,2,no"), {}, "'-' is not a number, and not among what stands for a missing value"),
    "NaN beside markers of one's own": (csv(*GOOD, "nan,2,no"), {"missing": "drop", "missing_values": ["?"]},
        "'nan' is not a number, and not among .*; correct it, or say what stands for a missing value"),
    "nothing beside them": (csv(*GOOD, ",2,no"), {"missing_values": ["?"]}, "an empty cell is not a number, and not"),
    "a missing value": (csv(*GOOD[:6], "1,,no", "x,2,no"), {}, "row 7, column 'b': the value is missing"),
    "a missing label": (csv(*GOOD[:6], "1,2, "), {}, "row 7, column 'label': the value is missing"),
    "NaN": (csv(*GOOD[:3], "NaN,2,no"), {}, "row 4, column 'a': the value is missing"),
    "infinity": (csv(*GOOD[:3], "1,inf,no"), {}, "row 4, column 'b': inf is not a finite"),
    "a column that is not there": (csv(*GOOD), {"columns": ["a", "c"]}, "no column 'c' to predict from; the"),
    "the target to predict from": (csv(*GOOD), {"columns": ["a", "label"]}, "leave it out of those to predict from"),
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
    "words in a regression": (csv(*GOOD), {"task": "regression"}, "'no' is not a number, as the target of a regress"),
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
