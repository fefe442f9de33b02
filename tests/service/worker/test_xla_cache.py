import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.worker import xla_cache

COMPILE = """
import sys, pathlib
from service.worker import xla_cache
folder = xla_cache.switch_on(pathlib.Path(sys.argv[1]))
import tensorflow as tf
print(float(tf.function(lambda x: 2 * x + 1, jit_compile=True)(tf.constant(20.5))))
"""


@pytest.mark.slow
def test_a_later_process_uses_what_an_earlier_one_compiled(tmp_path: Path) -> None:
    def compiled() -> list[tuple[str, float]]:
        answer = subprocess.run([sys.executable, "-c", COMPILE, tmp_path], capture_output=True, check=True, text=True)
        assert answer.stdout == "42.0\n"
        return [(entry.name, entry.stat().st_mtime) for entry in tmp_path.glob("*/*.pb")]

    first = compiled()
    assert len(first) == 1
    assert compiled() == first  # neither written anew nor joined by another


def test_a_folder_that_cannot_be_used_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        xla_cache.switch_on(tmp_path / "file")


def test_entries_of_before_are_removed(tmp_path: Path) -> None:
    old, new, other = tmp_path / "old.pb", tmp_path / "new.pb", tmp_path / "other"
    for file in (old, new, other):
        file.touch()
    os.utime(old, (1000, 1000))
    os.utime(other, (1000, 1000))
    assert xla_cache.remove_entries(tmp_path, before=time.time() - 60) == 1
    assert {file.name for file in tmp_path.iterdir()} == {"new.pb", "other"}
