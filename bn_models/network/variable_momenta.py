"""Momentum-like numbers of a spec as inputs of the compiled program: a sweep over them compiles once.

Keras takes them for constants. Each is replaced by a :class:`Momentum`: a float to Keras's checks, a variable to its
arithmetic, with the rounding of the constant.
"""

from typing import Any

import tensorflow as tf

from bn_models.plan import architecture
from bn_models.plan import layers as planned
from bn_models.plan.program_key import OPTIMIZER_MOMENTA
from bn_models.spec import TrainingSpec


class Momentum(float):
    """Keras computes with ``momentum`` and ``1 - momentum``; the latter in float64, rounded once."""

    variable: Any
    dtype = "float32"

    def __new__(cls, value: float, variable: Any) -> "Momentum":
        self = super().__new__(cls, value)
        self.variable = variable
        return self

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        return tf.cast(self.variable, dtype or tf.float32)

    def __rsub__(self, other: float) -> Any:
        return tf.cast(other - self.variable, tf.float32)


class Momenta:
    """Those of one model and its optimizer. Made before anything is traced."""

    def __init__(self, model: Any, optimizer: Any, spec: TrainingSpec) -> None:
        names = OPTIMIZER_MOMENTA[spec.optimizer.name]
        layers = [layer for layer in model.layers if hasattr(layer, "moving_mean")]
        self._owners = [*((optimizer, name) for name in names), *((layer, "momentum") for layer in layers)]
        self._variables = [tf.Variable(0.0, dtype=tf.float64) for _ in self._owners]
        self.set(spec)

    def set(self, spec: TrainingSpec) -> None:
        """Sets the momenta to those of ``spec``, whose program is this one."""
        for (owner, name), variable, value in zip(self._owners, self._variables, values(spec), strict=True):
            variable.assign(value)
            setattr(owner, name, Momentum(value, variable))  # it says its own value


def values(spec: TrainingSpec) -> list[float]:
    """The momenta of ``spec``: the optimizer's, then one for each batch normalization."""
    own = [getattr(spec.optimizer, name) for name in OPTIMIZER_MOMENTA[spec.optimizer.name]]
    return own + [layer.momentum for layer in architecture.plan(spec) if isinstance(layer, planned.BatchNormalization)]
