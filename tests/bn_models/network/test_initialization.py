from typing import Any

import numpy as np
import pytest

from bn_models.network.build import build
from tests.support.keras_models import initialized
from tests.support.networks import NETWORKS, spec_of


def kernels(model: Any) -> list[Any]:
    return [weight.numpy() for weight in model.weights if weight.name.endswith("kernel")]


@pytest.mark.parametrize("fields", NETWORKS)
def test_initial_kernels_do_not_depend_on_batch_norm_and_dropout(fields: Any) -> None:
    bare = initialized(dataset="digits", network=fields, batch_norm="none", seed=5)
    normalized = initialized(dataset="digits", network=fields, batch_norm="before_activation", dropout=0.3, seed=5)
    for first, second in zip(kernels(bare), kernels(normalized), strict=True):
        np.testing.assert_array_equal(first, second)


def test_every_variable_is_a_function_of_the_seed() -> None:
    fields: Any = {"dataset": "digits", "network": NETWORKS[2], "dropout": 0.5}
    first, again, other = (initialized(**fields, seed=seed) for seed in (1, 1, 2))
    for a, b in zip(first.variables, again.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for a, b in zip(kernels(first), kernels(other), strict=True):
        assert (a != b).any()
    states = [a.numpy()[0] for a in first.variables if a.name == "seed_generator_state"]
    assert len(set(states)) == len(states) > 2


@pytest.mark.parametrize("cell", ["lstm", "gru", "simple_rnn"])
def test_initial_biases_are_keras_s(cell: str) -> None:
    spec = spec_of(dataset="digits", network={"kind": "rnn", "cell": cell, "units": [4]})
    fresh, ours = build(spec), initialized(**spec.model_dump())
    biases = [
        (a.numpy(), b.numpy())
        for a, b in zip(fresh.weights, ours.weights, strict=True)
        if not a.name.endswith("kernel")
    ]
    assert biases
    for a, b in biases:
        np.testing.assert_array_equal(a, b)


def test_he_uniform_is_he_uniform() -> None:
    kernel = kernels(initialized(network={"kind": "mlp", "hidden_units": [5000]}))[0]
    limit = np.sqrt(6 / 2)
    assert np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
