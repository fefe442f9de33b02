"""As many classes as distinct labels, whatever they look like."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_models.ingest.errors import TableError
from bn_models.ingest.labels import as_labels, decoded, distinct

LOOK_ALIKE = [
    "1",
    "01",
    "1.0",
    "1_1",
    "11",
    "1E2",
    "100",
    "1e2",
    "-0",
    "0",
    "+1",
    "٣",
    "3",
    "True",
    "TRUE",
    "true",
    "nan",
]


@given(st.lists(st.sampled_from(LOOK_ALIKE) | st.text(min_size=1, max_size=4).map(str.strip).filter(bool), min_size=1))
def test_no_two_words_become_one_class(words: list[str]) -> None:
    labels = as_labels(words)
    assert len(distinct(labels)) == len(set(words))
    pairs = set(zip(words, labels, strict=True))
    assert len(pairs) == len(set(words))


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**53, 2**53 + 1]), min_size=1))
def test_no_two_integers_become_one_class(values: list[int]) -> None:
    assert len(distinct(as_labels(np.array(values, np.int64)))) == len(set(values))


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (["0", "1", "10"], [0, 1, 10]),
        (["0.0", "1.0"], [0, 1]),
        (["-3", "5"], [-3, 5]),
        (["01", "1"], ["01", "1"]),
        (["9007199254740992", "9007199254740993"], ["9007199254740992", "9007199254740993"]),
        (np.array([2**63 + 1, 5], np.uint64), ["9223372036854775809", "5"]),
        (np.array([1e20, 2e20]), ["1e+20", "2e+20"]),
        (np.array([0.0, 1.0]), [0, 1]),
        (np.array([True, False]), ["True", "False"]),
        ([" a", "b "], ["a", "b"]),
    ],
)
def test_numbers_are_numbers_only_where_that_can_be_undone(values: Any, labels: list[Any]) -> None:
    assert as_labels(values) == labels


def test_labels_that_differ_by_spaces_are_named() -> None:
    with pytest.raises(TableError, match="the labels 'a' and 'a ' are the same but for spaces"):
        as_labels(["a", "a ", "b"])


def test_bytes_are_decoded_as_said_or_refused() -> None:
    labels = np.array([b"caf\xe9", b"caf\xe8"])
    assert decoded(labels, "latin-1").tolist() == ["café", "cafè"]
    with pytest.raises(TableError, match=r"label b'caf\\xe8' is not utf-8 text"):
        decoded(labels, "utf-8")
