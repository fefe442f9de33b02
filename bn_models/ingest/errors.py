"""What is wrong with a person's file, and what helps: said in the words of whoever asks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Remedy(StrEnum):
    """What helps and depends on how options are given: its value is for those who call :mod:`bn_models` themselves.

    Whoever stands between a person and this package has words of its own, such as ``missing=drop`` in a query.
    """

    NAME_TARGET = "name the column to predict"
    NAME_COLUMNS = "name the columns to predict from"
    DROP_ROWS = "have such rows dropped"
    MARK_MISSING = "say what stands for a missing value"
    AS_CLASSES = "take it as classes"
    AS_NUMBER = "take it as a number to predict if it is one"
    CHANGE_TEST_FRACTION = "change the part of the rows to test on"
    RAISE_LIMIT = "raise the limit"
    STANDARDIZE = "have columns standardized"
    NO_HEADER = "say that there is no line of names"
    HEADER = "say that the first line is one of names"
    DELIMITER = "name the delimiter"
    DECIMAL = "say that the decimal mark is a comma if it is"
    ENCODING = "name its encoding"
    OTHER_TYPE = "say of what type it is"
    COMPRESSED = "say that it is compressed with gzip"


class TableError(Exception):
    """The file cannot be accepted: ``fact`` is what is wrong and where, each remedy is a way out.

    Remedies that are plain text are things to do to the file. Rows count from 1, without header.
    """

    def __init__(self, fact: str, *remedies: Remedy | str) -> None:
        super().__init__(fact, *remedies)
        self.fact, self.remedies = fact, remedies

    def __str__(self) -> str:
        return self.said({remedy: remedy.value for remedy in Remedy})

    def said(self, words: Mapping[Remedy, str]) -> str:
        """One sentence, with ``words`` for the remedies that need some."""
        said = [words[remedy] if isinstance(remedy, Remedy) else remedy for remedy in self.remedies]
        joint = "; " if ": " in self.fact or "; " in self.fact else ": "
        return self.fact + (joint + ", or ".join(said) if said else "")

    def to_json(self) -> dict[str, Any]:
        remedies = [{"code": one.name} if isinstance(one, Remedy) else one for one in self.remedies]
        return {"fact": self.fact, "remedies": remedies}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> "TableError":
        remedies = [one if isinstance(one, str) else Remedy[one["code"]] for one in value["remedies"]]
        return TableError(value["fact"], *remedies)
