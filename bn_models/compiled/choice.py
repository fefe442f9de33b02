"""How an architecture is compiled: with XLA or not, how many epochs to a call, the validation batch."""

from typing import Literal

from bn_models.compiled.calls import Calls
from bn_models.compiled.chunked_epochs import ChunkedEpochs
from bn_models.compiled.epochs import Epochs, Resident, Validation
from bn_models.compiled.evaluation import Evaluation
from bn_models.compiled.steps import Steps
from bn_models.compiled.whole_epochs import WholeEpochs
from bn_models.plan import architecture, batches, layers, shapes
from bn_models.spec import TrainingSpec

Xla = Literal["auto", "on", "off"]

# An epoch's seconds are foretold from its work, roughly: the choice of short or long is the same on every machine.
STEP_SECONDS = {True: 20e-6, False: 300e-6}  # by XLA: what a step costs besides arithmetic
MULTIPLY_ADDS_PER_SECOND = 5e9
SHORT_EPOCH_SECONDS = 0.05
MOST_EPOCHS_A_CALL = 64
VALIDATION_BATCH_MULTIPLY_ADDS = 5e8
MOST_VALIDATION_BATCH = 4096


def use_xla(spec: TrainingSpec, choice: Xla = "auto") -> bool:
    """The one place that chooses.

    On CPU, XLA's convolutions are about eight times slower than oneDNN's, and its random masks about five times slower
    than TensorFlow's.
    """
    if choice == "auto":
        slow = layers.Conv2D | layers.Dropout
        return not any(isinstance(layer, slow) for layer in architecture.plan(spec))
    return choice == "on"


def epochs_for(spec: TrainingSpec, steps: Steps, data: Resident, calls: Calls) -> Epochs:
    order, rows = batches.of(spec), len(data.x_val)
    work = shapes.multiply_adds(architecture.plan(spec), spec.dataset.row_shape)
    validation = Validation(rows, _validation_batch(rows, work))
    # A training step is forward, gradient of the inputs and gradient of the weights: three times the work.
    seconds = order.steps * STEP_SECONDS[calls.xla] + work * (3 * order.epoch_rows + rows) / MULTIPLY_ADDS_PER_SECOND
    if seconds > SHORT_EPOCH_SECONDS:
        return ChunkedEpochs(steps, order, validation, data, calls)
    capacity = max(1, min(MOST_EPOCHS_A_CALL, int(calls.seconds / seconds)))
    return WholeEpochs(steps, order, validation, data, capacity, calls)


def evaluation_for(spec: TrainingSpec, steps: Steps, calls: Calls) -> Evaluation:
    work = shapes.multiply_adds(architecture.plan(spec), spec.dataset.row_shape)
    return Evaluation(steps, spec.dataset.row_shape, _most_in_a_batch(work), calls.pace())


def _most_in_a_batch(work: int) -> int:
    return max(1, min(MOST_VALIDATION_BATCH, int(VALIDATION_BATCH_MULTIPLY_ADDS / max(work, 1))))


def _validation_batch(rows: int, work: int) -> int:
    """Large enough to amortize the loop, of bounded memory, and without a remainder where that is to be had."""
    most = min(rows, _most_in_a_batch(work))
    least_batches = -(-rows // most)
    even = next((count for count in range(least_batches, 2 * least_batches) if rows % count == 0), least_batches)
    return -(-rows // even)
