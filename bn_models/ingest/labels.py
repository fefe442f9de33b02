"""Labels as people write them -> the classes they name: as many classes as there are distinct labels.

A label becomes a number only where that can be undone. ``01`` and ``1``, ``1_1`` and ``11``, ``1E2`` and ``100`` are
different labels that the same number would merge; so are 1e20 and 2e20 where numbers have 64 bits.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bn_models.ingest.csv_text import text_encoding
from bn_models.ingest.errors import Remedy, TableError
from bn_models.ingest.table import Array

PLAIN_INTEGER = re.compile(r"(?:-?[1-9]\d*|0)(?:\.0+)?")
"""Decimal, without leading zeros; the fraction is what a column of floats writes of an integer."""
MOST = 2**53
"""From here on neither float64 nor the numbers of JavaScript tell integers apart."""


def as_labels(values: Array | Sequence[str]) -> list[int] | list[str]:
    """One label a row: integers if every one of ``values`` is plainly one, else words.

    Raises TableError where two labels of ``values`` would become one.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        if (np.abs(values.astype(np.float64)) < MOST).all():
            return [int(value) for value in values.tolist()]
        return [str(value) for value in values.tolist()]
    words = [str(value) for value in (values.tolist() if isinstance(values, np.ndarray) else values)]
    stripped = {word: word.strip() for word in set(words)}
    _check_distinct(stripped)
    words = [stripped[word] for word in words]
    distinct = set(words)
    if all(PLAIN_INTEGER.fullmatch(word) for word in distinct):
        numbers = {word: int(word.partition(".")[0]) for word in distinct}
        if len(set(numbers.values())) == len(distinct) and all(abs(number) < MOST for number in numbers.values()):
            return [numbers[word] for word in words]
    return words


def decoded(values: Array, encoding: str) -> Array:
    """Bytes (rows,) as words. Raises TableError for bytes that are not in ``encoding``."""
    text_encoding(encoding)  # or it is none
    for value in np.unique(values).tolist():
        try:
            value.decode(encoding)
        except UnicodeError as error:
            raise TableError(
                f"the label {value!r} is not {encoding} text, and labels are told apart by their text",
                "write labels as words (dtype str)",
                Remedy.ENCODING,
            ) from error
    return np.char.decode(values, encoding)


def _check_distinct(stripped: dict[str, str]) -> None:
    seen: dict[str, str] = {}
    for word, name in sorted(stripped.items()):
        if (other := seen.setdefault(name, word)) != word:
            raise TableError(
                f"the labels {other!r} and {word!r} are the same but for spaces around them: write them alike, or apart"
            )


def distinct(labels: Iterable[Any]) -> list[Any]:
    """In the order of the model's outputs."""
    return sorted(set(labels))
