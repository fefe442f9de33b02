import pytest

from bn_models.datasets.loading import load
from bn_models.training.program_cache import ProgramCache
from tests.support.compiled_runs import spec_of

pytestmark = pytest.mark.slow


def test_the_cache_drops_the_program_not_used_for_longest() -> None:
    specs = [spec_of(network={"kind": "mlp", "hidden_units": [units]}) for units in (1, 2, 3)]
    data = load(specs[0].dataset, None)
    programs = ProgramCache(size=2, xla="off")
    first, seconds = programs.get(specs[0], data)
    assert seconds > 0
    programs.get(specs[1], data)
    assert programs.get(specs[0], data) == (first, 0.0)
    programs.get(specs[2], data)
    assert programs.get(specs[0], data) == (first, 0.0)
    assert programs.get(specs[1], data)[1] > 0
