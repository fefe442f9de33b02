from dataclasses import astuple
from time import perf_counter

import numpy as np
import pytest

from bn_models.compiled.calls import Calls
from bn_models.compiled.chunked_epochs import ChunkedEpochs
from bn_models.compiled.epochs import EpochResult, Validation
from bn_models.compiled.steps import Steps
from bn_models.compiled.whole_epochs import WholeEpochs
from bn_models.datasets.loading import load
from bn_models.plan import batches
from bn_models.training.program_cache import ProgramCache
from tests.support.compiled_runs import EPOCHS, ours, spec_of

pytestmark = pytest.mark.slow


def test_long_and_short_epochs_train_alike() -> None:
    spec = spec_of(batch_size=8, dropout=0.2)
    data = load(spec.dataset, None)
    short, expected = ours(spec, data, "off")
    assert isinstance(short.epochs, WholeEpochs)
    values = short.values()
    resident = ProgramCache().resident(data)
    steps = Steps(short.model, short.optimizer, target="binary")
    long = ChunkedEpochs(
        steps, batches.of(spec), Validation(rows=75, size=20), resident, Calls(xla=False, seconds=0.01)
    )
    short.reset(spec)
    runs = [list(long.run(spec, resident, epoch, limit=1)) for epoch in range(EPOCHS)]
    for run, result in zip(runs, expected, strict=True):
        *fractions, end = run
        assert [*fractions, 1.0] == sorted([*fractions, 1.0])  # type: ignore[type-var]
        assert isinstance(end, EpochResult)
        assert astuple(end)[:-1] == pytest.approx(astuple(result)[:-1], rel=1e-5)  # all but the seconds
    for value, other in zip(short.values(), values, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-5, atol=1e-6)


def test_xla_compiles_once_whatever_the_position_in_the_epoch() -> None:
    spec = spec_of(batch_size=8)
    data = load(spec.dataset, None)
    program, resident = ours(spec, data, "off")[0], ProgramCache().resident(data)
    steps, started = Steps(program.model, program.optimizer, target="binary"), perf_counter()
    long = ChunkedEpochs(steps, batches.of(spec), Validation(rows=75, size=2), resident, Calls(xla=True, seconds=0.0))
    compile_seconds = perf_counter() - started
    *fractions, end = long.run(spec, resident, 0, limit=1)
    assert len(fractions) == 10 + 38  # calls with training steps and with validation batches
    assert isinstance(end, EpochResult)
    assert end.seconds < compile_seconds
