from itertools import product
from typing import Any

import pytest

from bn_models.network.build import build
from bn_models.plan import architecture, shapes
from tests.support.networks import NETWORKS, spec_of

PLACEMENTS = ["none", "before_activation", "after_activation"]


@pytest.mark.parametrize(("fields", "placement"), [*product(NETWORKS, PLACEMENTS)])
def test_the_plan_counts_parameters_and_shapes_as_keras_does(fields: Any, placement: str) -> None:
    batch_norm = {"placement": placement, "on_input": True, "on_output": True, "scale": False}
    spec = spec_of(dataset="digits", network=fields, batch_norm=batch_norm, dropout=0.2)
    model, layers = build(spec), architecture.plan(spec)
    assert shapes.parameter_count(layers, (8, 8)) == model.count_params()
    assert shapes.output_shapes(layers, (8, 8)) == [tuple(layer.output.shape[1:]) for layer in model.layers]
