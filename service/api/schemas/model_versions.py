"""Versions of models as paths have them."""

from service.errors import UnknownVersion


def version_number(name: str, text: str) -> int:
    """Raises UnknownVersion for what is no number: no model has such a version."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise UnknownVersion(name, version=text)
    return int(text)
