from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bn_models.datasets.loading import load
from bn_models.spec import TrainingSpec
from bn_models.training.checkpoint import Checkpoint, CheckpointError, decode, encode, restore
from bn_models.training.program import Program
from bn_models.training.program_cache import ProgramCache

SPEC = TrainingSpec.model_validate({"dataset": {"name": "moons", "n_samples": 50}, "dropout": 0.5})


@pytest.fixture(scope="module")
def program() -> Program:
    program, _ = ProgramCache(xla="off").get(SPEC, load(SPEC.dataset, None))
    program.reset(SPEC)
    return program


@pytest.fixture
def checkpoint(program: Program) -> Checkpoint:
    return Checkpoint(
        spec=SPEC,
        epoch=3,
        values=program.values(),
        final={},
        best={"epoch": 2, "val_loss": 0.1 + 0.2, "val_accuracy": 1.0},
        monitored=0.1 + 0.2,
        wait=1,
        best_weights=program.model.get_weights(),
        train_seconds=1.5,
        compile_seconds=0.5,
        exact=True,
        environment={"threads": 1},
    )


def test_bytes_round_trip(checkpoint: Checkpoint) -> None:
    state = encode(checkpoint)
    assert encode(checkpoint) == state
    decoded = decode(state)
    arrays: Any = {"values": [], "best_weights": []}
    assert replace(decoded, **arrays) == replace(checkpoint, **arrays)
    for before, after in zip(checkpoint.values, decoded.values, strict=True):
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert decode(encode(replace(checkpoint, best_weights=None))).best_weights is None


def test_restore_puts_back_every_variable(checkpoint: Checkpoint, program: Program) -> None:
    program.restore([value + 1 for value in checkpoint.values])
    restore(decode(encode(checkpoint)), SPEC, program)
    for value, expected in zip(program.values(), checkpoint.values, strict=True):
        np.testing.assert_array_equal(value, expected)
    assert any("seed_generator" in variable.path for variable in program.variables)


@pytest.mark.parametrize("state", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_foreign_bytes(state: bytes) -> None:
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        decode(state)


def test_torn_bytes(checkpoint: Checkpoint) -> None:
    state = encode(checkpoint)
    for length in range(0, len(state), 997):
        with pytest.raises(CheckpointError):
            decode(state[:length])


def test_another_run_s_checkpoint(checkpoint: Checkpoint, program: Program) -> None:
    with pytest.raises(CheckpointError, match="another spec"):
        restore(checkpoint, SPEC.model_copy(update={"seed": 1}), program)
    with pytest.raises(CheckpointError, match="not those"):
        restore(replace(checkpoint, values=checkpoint.values[:-1]), SPEC, program)
    with pytest.raises(CheckpointError, match="best weights"):
        restore(replace(checkpoint, best_weights=[]), SPEC, program)
