from typing import Any

import keras
import pytest

from bn_models.network.build import build
from tests.support.networks import PUBLISHED, Layer, spec_of


def described(model: Any) -> list[Layer]:
    return [_describe(layer) for layer in model.layers]


def _describe(layer: Any) -> Layer:
    kind = type(layer).__name__
    match layer:
        case keras.layers.Dense():
            return kind, layer.units, layer.activation.__name__, layer.use_bias
        case keras.layers.Conv2D():
            return kind, layer.filters, layer.kernel_size[0], layer.padding, layer.activation.__name__, layer.use_bias
        case keras.layers.BatchNormalization():
            return kind, layer.momentum, layer.epsilon, layer.center, layer.scale
        case keras.layers.MaxPooling2D():
            return kind, layer.pool_size[0], layer.strides[0], layer.padding
        case keras.layers.Activation():
            return kind, layer.activation.__name__
        case keras.layers.Dropout():
            return kind, layer.rate
        case keras.layers.LSTM():
            return kind, layer.units, layer.return_sequences
        case _:
            return (kind,)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models(name: str) -> None:
    fields, layers = PUBLISHED[name]
    assert described(build(spec_of(**fields))) == layers
