"""What can go wrong between a client and the service. :mod:`service.api.http.problems` says how HTTP answers each."""

from collections.abc import Sequence
from typing import Any


class ServiceError(Exception):
    """Shown to the client: ``detail`` says what happened and what to do about it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(ServiceError):
    """There is nothing of this name."""


class UnknownDataset(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no dataset {name!r}")
        self.name = name


class UnknownVersion(NotFound):
    """A model that has not the version or the label that was asked for."""

    def __init__(self, name: str, *, version: int | str | None = None, label: str | None = None) -> None:
        what = f"label {label!r}" if label is not None else f"version {str(version)!r}"
        super().__init__(f"model {name!r} has no {what}")
        self.name = name


class Conflict(ServiceError):
    """What is asked for does not go with how things stand."""


class TooLarge(ServiceError):
    """More bytes than are accepted."""


class UnsupportedMediaType(ServiceError):
    """A body in a form that is not read here."""


class Invalid(ServiceError):
    """What was sent can never be accepted; ``errors`` has one object for each place, with its ``loc`` and ``msg``."""

    def __init__(self, detail: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors

    @classmethod
    def at(cls, place: Sequence[str | int], message: str, detail: str | None = None) -> "Invalid":
        """``place`` is where in the request the fault is."""
        return Invalid(detail or message, [{"loc": list(place), "msg": message}])


class UnusableDataset(Invalid):
    """The dataset of a spec is not there, is another one by now, or does not suit the spec; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"dataset: {reason}")
        self.reason = reason


class UnreadableFile(Invalid):
    """An uploaded file that cannot be made a dataset: ``fact`` is what is wrong with it.

    Each of ``remedies`` is a way out, in ``msg`` in the words of a request; one that depends on how options are given
    has a ``code``, for those who have words of their own.
    """

    def __init__(self, detail: str, fact: str, remedies: list[dict[str, str]]) -> None:
        super().__init__(detail, [{"loc": ["body"], "msg": detail, "fact": fact, "remedies": remedies}])


class BadPrediction(ServiceError):
    """A prediction request that does not fit its model."""


class NotReady(ServiceError):
    """The service is there and cannot do it now."""
