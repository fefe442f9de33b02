"""What is wrong with the names that somebody gave to a row's numbers: the server and its clients say it alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

SHOWN, COMPARED = 20, 100
"""Most names shown of a kind, and most that are searched for a close one: a table may have thousands."""
LONGEST = 60


def wrong_names(given: Sequence[str], columns: Sequence[str]) -> str | None:
    """Which of ``given`` are twice there or unknown, and which of the model's ``columns`` are missing, in one sentence.

    None when they are the model's, in whatever order.
    """
    there, known = set(given), set(columns)
    if there == known and len(given) == len(known):
        return None
    missing = [name for name in columns if name not in there]
    unknown = [name for name in dict.fromkeys(given) if name not in known]
    faults = []
    if len(there) < len(given):
        faults.append(f"there are two columns {_some([name for name, count in Counter(given).items() if count > 1])}")
    if unknown:
        faults.append(f"the model has no column {_some(unknown, missing[:COMPARED])}")
    if missing:
        faults.append(f"without {_some(missing)}")
    return f"{'; '.join(faults)}; its columns are {_some(columns)}"


def _some(names: Sequence[str], near: Sequence[str] = ()) -> str:
    shown = ", ".join(f"{name[:LONGEST]!r}{_meant(name, near)}" for name in names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown


def _meant(name: str, near: Iterable[str]) -> str:
    """The close name that may have been meant, in the same letters or in others."""
    by_letters = {other[:LONGEST].casefold(): other for other in near}
    close = get_close_matches(name[:LONGEST].casefold(), by_letters, n=1)
    return f" (is {by_letters[close[0]][:LONGEST]!r} meant?)" if close else ""
