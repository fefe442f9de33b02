"""What stands for a missing value, the same in every format."""

from collections.abc import Sequence

USUAL = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
"""In any case of letters, with or without spaces around them."""


def misses(cell: str, markers: Sequence[str] | None) -> bool:
    """Whether a cell or label says that there is no value.

    ``markers`` take the place of the usual ones, letter for letter.
    """
    return cell.strip().lower() in USUAL if markers is None else cell.strip() in markers
