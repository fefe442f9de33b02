"""Which runs can share a compiled program. Never loads TensorFlow: the queue is sorted by it."""

import hashlib

from bn_models.plan import batches
from bn_models.plan.architecture import plan
from bn_models.plan.layers import without_momenta
from bn_models.spec import TrainingSpec

OPTIMIZER_MOMENTA = {
    "sgd": ("momentum",),
    "adam": ("beta_1", "beta_2"),
    "adamw": ("beta_1", "beta_2"),
    "rmsprop": ("rho", "momentum"),
}
"""Numbers of an optimizer that are inputs of the program; whether they are zero is a constant, as in Keras."""


def program_key(spec: TrainingSpec) -> str:
    """A hash of all that is a constant in the program: specs with equal keys share one.

    Not in it are the seed, the learning rate and its schedule, momenta, the epochs, shuffling, initializer, early
    stopping, when training rows are evaluated, and which rows train, but for their number.
    """
    layers = list(without_momenta(plan(spec)))
    optimizer = spec.optimizer.model_dump()
    optimizer |= {name: optimizer[name] != 0 for name in OPTIMIZER_MOMENTA[spec.optimizer.name]}
    order = batches.of(spec)
    shapes = (spec.dataset.row_shape, order.rows, order.full_steps, order.tail, spec.batch_size)
    return hashlib.sha256(repr((layers, optimizer, shapes)).encode()).hexdigest()[:16]
