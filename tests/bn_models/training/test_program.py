import pytest

from bn_models.datasets.loading import load
from tests.support.compiled_runs import ours, spec_of

pytestmark = pytest.mark.slow


def test_reset_forgets_everything() -> None:
    spec = spec_of(dropout=0.5, optimizer="adam")
    data = load(spec.dataset, None)
    program, results = ours(spec, data, "off")
    trained = program.values()
    program.reset(spec)
    fresh = program.values()
    assert all((a != b).any() for a, b in zip(trained, fresh, strict=True) if a.size > 1)
    assert int(program.optimizer.iterations) == 0
    again = ours(spec, data, "off")
    assert [r.loss for r in again[1]] == [r.loss for r in results]
