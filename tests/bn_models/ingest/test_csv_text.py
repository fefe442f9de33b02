"""What a file that is sent as CSV may be instead; what is wrong inside of it is in test_csv_table."""

import bz2
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.table_files import GOOD, csv, npz, parquet, refusal

TABLE = csv(*GOOD)
# content, options, what the message says
BROKEN: dict[str, tuple[bytes | str, dict[str, Any], str]] = {
    "Parquet": (parquet(a=[1], label=[0]), {}, "is a Parquet file: say of what type"),
    "zip": (npz(x=[[1]], y=[0]), {}, "is a zip archive, as spreadsheets and npz files are"),
    "bzip2": (bz2.compress(TABLE.encode()), {}, "is compressed with bzip2: unpack it"),
    "a page": ("<!doctype html>", {}, "begins as HTML or XML does"),
    "JSON": ('[{"a": 1}]', {}, "begins as JSON does"),
    "UTF-16": (TABLE.encode("utf-16"), {}, "is UTF-16 text: save it as CSV in UTF-8, or name its encoding"),
    "Latin-1": (csv(*GOOD, "1,2,café").encode("latin-1"), {}, "is not UTF-8 text"),
    "another encoding than said": (TABLE, {"encoding": "utf-16"}, "is not utf-16 text"),
    "comment": ("# mine\n" + TABLE, {}, "the first line: '# mine' looks like a comment; delete"),
    "comment with commas": ("# of mine, 2024\n" + TABLE, {}, "the first line: '# of mine,2024' looks like a comment"),
    "comment without names": ("# mine\n" + TABLE, {"header": False, "target": "2"}, "the first line: '# mine' looks"),
    "spaces without names": ("1 2 0\n3 4 1\n", {"header": False, "target": "2"}, "separated by spaces"),
    "semicolons": (TABLE.replace(",", ";"), {}, "by semicolons and not by commas: separate them by commas, or name"),
    "tabs": (TABLE.replace(",", "\t"), {}, "separated by tabs"),
    "spaces": (TABLE.replace(",", " "), {}, "by spaces and not by commas: separate them by commas"),
    "commas": (TABLE, {"delimiter": ";"}, "by commas and not by semicolons: separate them by semicolons"),
    "data": (csv("3,4,0", head="1,2,1"), {}, "looks like data and not like names of columns: write a line of names"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_else_a_file_may_be_is_said(tmp_path: Path, case: str) -> None:
    content, options, message = BROKEN[case]
    refused = refusal(content, "csv", tmp_path, **{"target": "label"} | options)
    assert re.search(message, refused), refused


@pytest.mark.parametrize("name", ["latin-99", "nowhere", "base64", "rot13", "hex", "undefined", "a\0b", "é"])
def test_an_encoding_that_is_none_of_text_is_named(tmp_path: Path, name: str) -> None:
    refused = refusal(TABLE, "csv", tmp_path, target="label", encoding=name)
    assert refused == f"there is no encoding {name!r}: use one that Python knows, as cp1252 or utf-16"
