"""XLA's persistent cache of compiled programs: a later process starts with what an earlier one compiled.

TensorFlow writes an entry under a temporary name and renames it, so a killed process leaves no half entry. What it
cannot use (a damaged entry, a folder that is none) it raises for in the middle of training; hence this module.
"""

import os
from importlib.metadata import version
from pathlib import Path


def switch_on(folder: Path) -> Path:
    """Makes TensorFlow, which must not be imported yet, use a folder inside ``folder``; gives that folder.

    One for each release of TensorFlow: machine code of another one is not to be trusted. Raises OSError when the
    folder cannot be written.
    """
    own = folder / f"tensorflow-{version('tensorflow')}"
    own.mkdir(parents=True, exist_ok=True)
    probe = own / f"writable-{os.getpid()}"
    probe.touch()
    probe.unlink()
    os.environ["TF_XLA_FLAGS"] = f"{os.environ.get('TF_XLA_FLAGS', '')} --tf_xla_persistent_cache_directory={own}"
    return own


def remove_entries(folder: Path, before: float) -> int:
    """Removes the entries written ``before`` (seconds since 1970) and gives their number."""
    old = [entry for entry in folder.glob("*.pb") if entry.stat().st_mtime < before]
    for entry in old:
        entry.unlink(missing_ok=True)
    return len(old)
