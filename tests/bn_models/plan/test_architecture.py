from typing import Any

import pytest

from bn_models.plan.architecture import plan
from bn_models.plan.layers import Activation, BatchNormalization, Conv2D, Dense
from bn_models.plan.shapes import PlanError
from tests.support.networks import spec_of


def test_a_layer_has_a_bias_unless_batch_normalization_follows_it_directly() -> None:
    for placement, bias in (("none", True), ("after_activation", True), ("before_activation", False)):
        [hidden, *_] = plan(spec_of(batch_norm=placement))
        assert isinstance(hidden, Dense)
        assert hidden.use_bias is bias


def test_placement_says_on_which_side_of_the_activation() -> None:
    before = [type(layer) for layer in plan(spec_of(batch_norm="before_activation"))]
    assert before == [Dense, BatchNormalization, Activation, Dense]
    after = [type(layer) for layer in plan(spec_of(batch_norm="after_activation"))]
    assert after == [Dense, BatchNormalization, Dense]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"network": "cnn"}, "a cnn needs images"),
        ({"dataset": "digits", "network": {"kind": "cnn", "conv_filters": [4] * 6}}, "nothing left to work on"),
        ({"dataset": "nonsense"}, "there is no dataset 'nonsense'"),
    ],
)
def test_what_cannot_be_built_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        plan(spec_of(**fields))


def test_images_get_a_channel_for_convolutions() -> None:
    layers = plan(spec_of(dataset="digits", network={"kind": "cnn", "conv_filters": [4]}))
    assert isinstance(layers[1], Conv2D)
