"""What can go wrong between a client and the service; each error carries its HTTP status."""

from typing import Any, ClassVar


class ServiceError(Exception):
    """Shown to the client as a problem document: ``detail`` says what happened and what to do about it."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class NotFound(ServiceError):
    status, title = 404, "Not found"


class Conflict(ServiceError):
    status, title = 409, "Conflict"


class TooLarge(ServiceError):
    status, title = 413, "Content too large"


class UnsupportedMediaType(ServiceError):
    status, title = 415, "Unsupported media type"


class Invalid(ServiceError):
    status, title = 422, "Invalid request"


class BadPrediction(ServiceError):
    """A prediction request that does not fit its model: 400, as TensorFlow Serving answers."""

    status, title = 400, "Bad prediction request"


class NotReady(ServiceError):
    status, title = 503, "Not ready"
