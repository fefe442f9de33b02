"""Looks into a network between epochs, in one compiled function that assigns nothing; dropout is off.

What it measures is defined in :mod:`bn_models.diagnostics`.
"""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from bn_models.compiled.calls import Calls
from bn_models.compiled.epochs import Resident
from bn_models.compiled.steps import Steps
from bn_models.diagnostics.observed_layers import Observed, observed
from bn_models.network.forward import Passed, forward, moments
from bn_models.plan import layers as planned

PROBE_ROWS = 256
MEASURED_ROWS = 1024
"""Rounded down to whole batches; one batch if they are larger."""
SAMPLE = 2**15
PERCENTILES = (15, 50, 85)
NORMALIZATION_QUANTITIES = ("mean_gap", "variance_gap", "gamma_min", "gamma_max", "beta_min", "beta_max")
HIDDEN_QUANTITIES = (
    *(f"{what}_p{percent}" for what in ("input", "activation") for percent in PERCENTILES),
    "saturated_share", "dead_share", "gradient_norm",
)  # fmt: skip
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
RELU_LIKE = ("relu", "elu", "selu", "gelu", "silu", "leaky_relu", "softplus")
RECURRENT = ("lstm", "gru", "simple_rnn")
Tensor = Any
Array = np.ndarray[Any, Any]
Diagnosis = dict[str, Any]


class Observer:
    """Compiles on construction; looks at the model of ``steps``, which ``layers`` describe."""

    def __init__(
        self, layers: tuple[planned.Layer, ...], steps: Steps, batch_size: int, data: Resident, calls: Calls
    ) -> None:
        self._layers, self._steps, self._observed = layers, steps, observed(layers)
        rows = len(data.x_val)
        self._batch = min(batch_size, rows)
        self._batches = max(1, min(rows, MEASURED_ROWS) // self._batch)
        self._call = calls.compiled(self._measured)
        self._call(data.x_val, data.y_val)

    def observe(self, data: Resident) -> Diagnosis:
        """``{"training_mode", "inference_mode", "layers": [{"name", "kind", quantity: float or None, …}]}``."""
        modes, layers = self._call(data.x_val, data.y_val)
        training, inference = modes.numpy().tolist()
        described = [_described(layer, measured) for layer, measured in zip(self._observed, layers, strict=True)]
        return {"training_mode": training, "inference_mode": inference, "layers": described}

    # --- traced ---

    def _measured(self, x_val: Tensor, y_val: Tensor) -> tuple[Tensor, list[dict[str, Tensor]]]:
        kernels = [self._kernels(layer) for layer in self._observed]
        with tf.GradientTape() as tape:
            passed = self._forward(x_val[:PROBE_ROWS], training=True)
            loss = self._steps.loss(y_val[:PROBE_ROWS], passed[-1].output)
        gradients = tape.gradient(loss, kernels)
        layers = [
            self._normalization(layer, passed[layer.position])
            if layer.kind == "batch_normalization"
            else {**_hidden(layer, passed[layer.activated_at]), "gradient_norm": tf.linalg.global_norm(gradient)}
            for layer, gradient in zip(self._observed, gradients, strict=True)
        ]
        return self._modes(x_val, y_val), layers

    def _modes(self, x_val: Tensor, y_val: Tensor) -> Tensor:
        def body(i: Tensor, sums: Tensor) -> tuple[Tensor, Tensor]:
            rows = i * self._batch + tf.range(self._batch)  # gathered, not sliced: see Steps.validate
            x, y = tf.gather(x_val, rows), tf.gather(y_val, rows)
            outputs = (self._forward(x, training)[-1].output for training in (True, False))
            return i + 1, sums + tf.stack([self._steps.measure(y, output) for output in outputs])

        start = (tf.constant(0), tf.zeros(2, tf.float64))
        return tf.while_loop(lambda i, _: i < self._batches, body, start)[1] / (self._batches * self._batch)

    def _forward(self, x: Tensor, training: bool) -> list[Passed]:
        return forward(self._layers, self._steps.model, x, training)

    def _kernels(self, layer: Observed) -> list[Tensor]:
        weights = self._steps.model.layers[layer.position].trainable_weights
        return [weight.value for weight in weights if weight.name in ("kernel", "recurrent_kernel")]

    def _normalization(self, layer: Observed, passed: Passed) -> dict[str, Tensor]:
        planned_layer, keras_layer = self._layers[layer.position], self._steps.model.layers[layer.position]
        assert isinstance(planned_layer, planned.BatchNormalization)
        mean, variance = moments(passed.inside)
        moving = keras_layer.moving_variance + planned_layer.epsilon
        measured = {
            "mean_gap": tf.reduce_mean(tf.abs(mean - keras_layer.moving_mean) / tf.sqrt(moving)),
            "variance_gap": tf.reduce_mean(tf.abs(tf.math.log((variance + planned_layer.epsilon) / moving))),
        }
        trained = {"gamma": keras_layer.gamma, "beta": keras_layer.beta}
        return measured | {name: tf.identity(weight) for name, weight in trained.items() if weight is not None}


def _hidden(layer: Observed, passed: Passed) -> dict[str, Tensor]:
    z, a = passed.inside, passed.output
    recurrent = layer.kind in RECURRENT
    measured = {"activation": _sample(a)} if recurrent else {"input": _sample(z), "activation": _sample(a)}
    if layer.activation in RANGES:
        low, high = RANGES[layer.activation]
        edge = 0.01 * (high - low)
        measured["saturated_share"] = _share((a < low + edge) | (a > high - edge), a)
    elif layer.activation in RELU_LIKE:
        measured["dead_share"] = _share(tf.reduce_all(z <= 0, axis=list(range(z.shape.rank - 1))), z)
    return measured


def _share(condition: Tensor, of: Tensor) -> Tensor:
    """NaN where comparisons do not mean anything: NaN <= 0 is false."""
    return tf.where(tf.reduce_all(tf.math.is_finite(of)), tf.reduce_mean(tf.cast(condition, tf.float32)), np.nan)


def _sample(values: Tensor) -> Tensor:
    flat, count = tf.reshape(values, [-1]), values.shape.num_elements()
    if count <= SAMPLE:
        return flat
    return tf.gather(flat, np.random.default_rng(0).choice(count, SAMPLE, replace=False, shuffle=False))


# --- not traced ---


def _described(layer: Observed, measured: dict[str, Tensor]) -> dict[str, Any]:
    values: dict[str, float] = {}
    for name, tensor in measured.items():
        array = tensor.numpy()
        if name in ("input", "activation"):
            percentiles = zip(PERCENTILES, _percentiles(array), strict=True)
            values |= {f"{name}_p{percent}": value for percent, value in percentiles}
        elif name in ("gamma", "beta"):
            values |= {f"{name}_min": float(array.min()), f"{name}_max": float(array.max())}
        else:
            values[name] = float(array)
    quantities = NORMALIZATION_QUANTITIES if layer.kind == "batch_normalization" else HIDDEN_QUANTITIES
    return {"name": layer.name, "kind": layer.kind, **{name: values.get(name) for name in quantities}}


def _percentiles(values: Array) -> list[float]:
    """Percentiles as ``np.percentile`` has them, many times faster: it selects, and nowadays sorting takes less."""
    ordered, at = np.sort(values), np.array(PERCENTILES) / 100 * (len(values) - 1)
    if np.isnan(ordered[-1]):
        return [math.nan] * len(PERCENTILES)
    below = at.astype(int)
    with np.errstate(invalid="ignore"):  # infinities of a diverged network
        steps = ordered[np.minimum(below + 1, len(values) - 1)] - ordered[below]
        found: list[float] = (ordered[below] + steps * (at - below)).tolist()
    return found
