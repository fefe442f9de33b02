"""The graph of a training step and of a validation batch, and loops over them. Called while a program is traced.

The model, optimizer and loss are Keras's; only the loop is ours. Sums of metrics travel as float64 (2,): the loss
times its rows, and the number of rows classified rightly or, of a regression, the sum of absolute errors. Every batch
has a static size, as XLA needs.
"""

from dataclasses import dataclass
from typing import Any, Literal

import keras
import tensorflow as tf

from bn_models.spec import TrainingSpec
from bn_models.spec.optimization import Adam, AdamW, RmsProp, Sgd

Tensor = Any


def optimizer_of(spec: TrainingSpec) -> Any:
    """The Keras optimizer; its learning rate is a placeholder, set before every step."""
    arguments = spec.optimizer.model_dump(exclude={"name"})
    classes = {
        Sgd: keras.optimizers.SGD,
        Adam: keras.optimizers.Adam,
        AdamW: keras.optimizers.AdamW,
        RmsProp: keras.optimizers.RMSprop,
    }
    return classes[type(spec.optimizer)](learning_rate=spec.learning_rate, **arguments)


def steps_of(spec: TrainingSpec, model: Any, optimizer: Any) -> "Steps":
    if spec.regression:
        return Steps(model, optimizer, "number")
    return Steps(model, optimizer, "binary" if model.output_shape[-1] == 1 else "classes")


@dataclass(frozen=True)
class Steps:
    model: Any
    optimizer: Any
    target: Literal["binary", "classes", "number"]  # one sigmoid unit, softmax over the classes, one linear unit

    def train(self, x: Tensor, y: Tensor, order: Tensor, rates: Tensor, count: Tensor, sums: Tensor) -> Tensor:
        """Adds ``count`` steps to ``sums``: order (at least count, batch) row indices, rates (at least count,)."""

        def body(i: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
            self.optimizer.learning_rate.assign(rates[i])
            return i + 1, sums + self._step(tf.gather(x, order[i]), tf.gather(y, order[i]))

        return _loop(body, count, sums)

    def validate(self, size: int, x: Tensor, y: Tensor, first: Tensor, count: Tensor, sums: Tensor) -> Tensor:
        """Adds ``count`` batches of ``size`` rows, from row ``first`` on, to ``sums``, in inference mode."""

        def body(i: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
            # Gathered, not sliced: XLA would compile the program anew for every value of a slice's start.
            rows = first + i * size + tf.range(size)
            labels = tf.gather(y, rows)
            output = self.model(tf.gather(x, rows), training=False)
            return i + 1, sums + self._sums(labels, output, self.loss(labels, output))

        return _loop(body, count, sums)

    def evaluate(self, size: int, x: Tensor, y: Tensor, first: Tensor, last: Tensor, sums: Tensor) -> Tensor:
        """Adds the rows [first, last) to ``sums``, in inference mode and batches of ``size``, the last as it comes.

        For any number of rows, which XLA could not compile.
        """

        def body(i: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
            start = first + i * size
            stop = tf.minimum(start + size, last)
            labels, output = y[start:stop], self.model(x[start:stop], training=False)
            return i + 1, sums + self._sums(labels, output, self.loss(labels, output))

        return _loop(body, -((first - last) // size), sums)

    def _step(self, x: Tensor, y: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            output = self.model(x, training=True)
            loss = self.loss(y, output)
        weights = self.model.trainable_weights
        self.optimizer.apply(tape.gradient(loss, [weight.value for weight in weights]), weights)
        return self._sums(y, output, loss)

    def loss(self, y: Tensor, output: Tensor) -> Tensor:
        """Mean over the batch. Keras finds the logits behind ``output`` in the graph, as in ``fit``."""
        if self.target == "number":
            return keras.losses.MeanSquaredError()(y[:, None], output)
        if self.target == "binary":
            return keras.losses.BinaryCrossentropy()(tf.cast(y, output.dtype)[:, None], output)
        return keras.losses.SparseCategoricalCrossentropy()(y, output)

    def _sums(self, y: Tensor, output: Tensor, loss: Tensor) -> Tensor:
        return tf.stack([tf.cast(loss, tf.float64) * tf.cast(tf.size(y), tf.float64), self.measure(y, output)])

    def measure(self, y: Tensor, output: Tensor) -> Tensor:
        """Sum over the batch, float64: rows classified rightly, or absolute errors.

        A row whose output is not finite is right for no label: NaN compares and sorts as if it were class 0.
        """
        if self.target == "number":
            return tf.reduce_sum(tf.cast(tf.abs(output[:, 0] - y), tf.float64))
        if self.target == "binary":
            predicted = tf.cast(output[:, 0] > 0.5, y.dtype)
        else:
            predicted = tf.argmax(output, axis=-1, output_type=y.dtype)
        finite = tf.reduce_all(tf.math.is_finite(output), axis=-1)
        return tf.reduce_sum(tf.cast(finite & (predicted == y), tf.float64))


def _loop(body: Any, count: Tensor, sums: Tensor) -> Tensor:
    # One iteration at a time: every step writes the variables that the next one reads.
    return tf.while_loop(lambda i, _: i < count, body, (tf.constant(0), sums), parallel_iterations=1)[1]
