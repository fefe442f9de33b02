"""Which runs can share a compiled program. Never loads TensorFlow: the queue is sorted by it."""

import hashlib

from bn_models import batches
from bn_models.plan import plan
from bn_models.spec import TrainingSpec


def program_key(spec: TrainingSpec) -> str:
    """A hash of all that is a constant in the program: specs with equal keys share one.

    Not in it are the seed, the learning rate and its schedule, the epochs, shuffling, initializer and early stopping.
    """
    order = batches.of(spec)
    shapes = (spec.dataset.row_shape, order.rows, order.full_steps, order.tail, spec.batch_size)
    return hashlib.sha256(repr((plan(spec), spec.optimizer, shapes)).encode()).hexdigest()[:16]
