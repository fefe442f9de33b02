"""The layers that networks are made of, as plain values: what Keras builds and ONNX writes, without either."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Reshape:
    shape: Shape


@dataclass(frozen=True)
class Flatten:
    pass


@dataclass(frozen=True)
class Dense:
    units: int
    activation: str
    use_bias: bool


@dataclass(frozen=True)
class Conv2D:
    filters: int
    kernel_size: int
    padding: str
    activation: str
    use_bias: bool


@dataclass(frozen=True)
class MaxPooling2D:
    """2x2 windows, stride 2, incomplete windows dropped."""


@dataclass(frozen=True)
class Recurrent:
    """LSTM, GRU or simple RNN with Keras's own gate activations; input (time, features)."""

    cell: str
    units: int
    return_sequences: bool


@dataclass(frozen=True)
class BatchNormalization:
    """Over the last axis: ``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` (Ioffe & Szegedy 2015)."""

    momentum: float
    epsilon: float
    center: bool
    scale: bool


@dataclass(frozen=True)
class Activation:
    name: str


@dataclass(frozen=True)
class Dropout:
    rate: float


Layer = (
    Reshape | Flatten | Dense | Conv2D | MaxPooling2D | Recurrent | BatchNormalization | Activation | Dropout
)  # fmt: skip


def without_momenta(layers: Iterable[Layer]) -> tuple[Layer, ...]:
    """The layers but for batch normalizations' momenta, which compiled programs and files of networks take as input."""
    return tuple(replace(layer, momentum=0.0) if isinstance(layer, BatchNormalization) else layer for layer in layers)
