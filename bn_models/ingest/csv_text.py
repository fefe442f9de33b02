"""The text of a CSV: its encoding, what else the file may be, and what its lines may be instead of names and rows."""

import codecs
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bn_models.ingest.cells import comment
from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.options import Options, is_number

SAVE_AS_CSV = "save it as CSV in UTF-8"
OTHER_FILES: dict[bytes, tuple[str, tuple[Remedy | str, ...]]] = {
    b"\x1f\x8b": ("is compressed with gzip", ("unpack it", Remedy.COMPRESSED)),
    b"BZh": ("is compressed with bzip2", ("unpack it",)),
    b"\xfd7zXZ": ("is compressed with xz", ("unpack it",)),
    b"PK\x03\x04": (
        "is a zip archive, as spreadsheets and npz files are",
        ("export the table as CSV", Remedy.OTHER_TYPE),
    ),
    b"\xd0\xcf\x11\xe0": ("is an old spreadsheet", ("export the table as CSV",)),
    b"PAR1": ("is a Parquet file", (Remedy.OTHER_TYPE,)),
    b"\x89HDF": ("is an HDF5 file", ("export the table as CSV",)),
    b"<": ("begins as HTML or XML does", ("save the table itself as CSV",)),
    b"{": ("begins as JSON does", ("write the table as CSV",)),
    b"[{": ("begins as JSON does", ("write the table as CSV",)),
}
"""By their first bytes."""
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}


@contextmanager
def opened(path: Path, wanted: Options) -> Iterator[TextIO]:
    """The file as text. Raises TableError where it is none, there or while it is read."""
    with path.open("rb") as binary:
        first = binary.read(8)
    for begin, (what, remedies) in OTHER_FILES.items():
        if first.startswith(begin):
            raise TableError(f"the file {what}", *remedies)
    if first.startswith(UTF_16) and wanted.encoding is None:
        raise TableError("the file is UTF-16 text", SAVE_AS_CSV, Remedy.ENCODING)
    encoding = text_encoding(wanted.encoding or "utf-8")
    try:
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, newline="") as file:
            yield file
    except UnicodeError as error:
        raise TableError(f"the file is not {wanted.encoding or 'UTF-8'} text", SAVE_AS_CSV, Remedy.ENCODING) from error


def text_encoding(name: str) -> str:
    """As Python calls it. Raises TableError for what is no encoding of text, as base64 and rot13."""
    try:
        "".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise TableError(f"there is no encoding {name!r}: use one that Python knows, as cp1252 or utf-16") from error


def check_first_lines(first: Sequence[str], below: Sequence[str], names: Sequence[str], wanted: Options) -> None:
    """Raises TableError for a first line that is a comment, about something else, data, or not cut into columns.

    ``names`` are those of the columns, in the first line or instead of it.
    """
    widths = len(first), len(below)
    if first[0].startswith("#") and (wanted.target not in names or widths[0] != widths[1]):
        raise comment("the first line", wanted.delimiter.join(first))
    if len(first) == 1 and wanted.target not in names:
        _check_delimiter(first[0], wanted)
    if widths[0] < widths[1]:
        raise TableError(
            f"the first line has {_cells(widths[0])} and the next {widths[1]}", "name every column in the first line",
            "delete it if it is about something else", _quotation(wanted.delimiter),
        )  # fmt: skip
    if wanted.header is None and looks_like_data(first):
        fact = f"the first line, {', '.join(first[:5])}, …, looks like data and not like names of columns"
        raise TableError(fact, "write a line of names above it", Remedy.NO_HEADER, Remedy.HEADER)


def _check_delimiter(line: str, wanted: Options) -> None:
    others = [one for one in SEPARATORS if one != wanted.delimiter and one in line]
    separated = wanted.header is False or wanted.target in line.split()  # by spaces, and no sentence
    found = next((one for one in others if one != " " or separated), None)
    if found is not None:
        asked = SEPARATORS.get(wanted.delimiter, repr(wanted.delimiter))
        raise TableError(
            f"the columns are separated by {SEPARATORS[found]} and not by {asked}", f"separate them by {asked}",
            Remedy.DELIMITER,
        )  # fmt: skip


def looks_like_data(first: Sequence[str]) -> bool:
    """Whether most cells are numbers, and not just the numbers of the columns, which pandas takes for names."""
    numbers = [float(cell) for cell in first if is_number(cell)]
    if 2 * len(numbers) < len(first) or not numbers:
        return False
    return numbers != [numbers[0] + i for i in range(len(numbers))] or not numbers[0].is_integer()


def ragged(row: int, cells: Sequence[str], width: int, delimiter: str) -> TableError:
    """Of a row that has not ``width`` cells."""
    if cells[0].lstrip().startswith("#"):
        return comment(f"row {row}", cells[0])
    has = f"row {row} has {_cells(len(cells))} and the file has {width} columns"
    if len(cells) < width:
        return TableError(has, "complete the row", "delete it")
    return TableError(has, _quotation(delimiter))


def _quotation(delimiter: str) -> str:
    what = "a comma in it, a decimal comma too," if delimiter == "," else f"{delimiter!r} in it"
    return f"a cell with {what} needs quotation marks around it"


def _cells(number: int) -> str:
    return f"{number} cell{'s' * (number != 1)}"
