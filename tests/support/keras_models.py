"""Keras networks of a spec. Loads TensorFlow: for tests of what needs it."""

from typing import Any

from bn_models.network import initialization
from bn_models.network.build import build
from tests.support.networks import spec_of


def initialized(**fields: Any) -> Any:
    spec = spec_of(**fields)
    model = build(spec)
    initialization.initialize(model, spec)
    return model
