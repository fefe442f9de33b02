"""The layers that :mod:`bn_models.diagnostics.observer` looks at, and their names."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from bn_models.plan import layers as planned

Kind = Literal["batch_normalization", "dense", "conv2d", "lstm", "gru", "simple_rnn"]


@dataclass(frozen=True)
class Observed:
    """A batch normalization, or a linear layer with its activation, at positions of the plan."""

    name: str
    kind: Kind
    position: int
    activation: str | None  # None of a normalization, and of cells whose output is not an activation function's
    activated_at: int
    """Where its activation function is applied: at ``position`` itself, or behind a normalization."""


def observed(layers: tuple[planned.Layer, ...]) -> list[Observed]:
    """Normalizations and hidden layers in order, numbered by kind, which Keras's own names are not within a program."""
    found: list[Observed] = []
    numbers: Counter[str] = Counter()
    output = max(i for i, layer in enumerate(layers) if isinstance(layer, planned.Dense))
    for i, layer in enumerate(layers):
        if i == output or (kind := _kind(layer)) is None:
            continue
        numbers[kind] += 1
        activation, at = _activation(layers, i)
        found.append(Observed(f"{kind}_{numbers[kind]}", kind, i, activation, at))
    return found


def _kind(layer: planned.Layer) -> Kind | None:
    match layer:
        case planned.BatchNormalization():
            return "batch_normalization"
        case planned.Dense():
            return "dense"
        case planned.Conv2D():
            return "conv2d"
        case planned.Recurrent("lstm" | "gru" | "simple_rnn" as cell):
            return cell
        case _:
            return None


def _activation(layers: tuple[planned.Layer, ...], position: int) -> tuple[str | None, int]:
    """The activation function of a layer, and where it is applied."""
    match layers[position : position + 3]:
        case (planned.Dense() | planned.Conv2D(), planned.BatchNormalization(), planned.Activation(name)):
            return name, position + 2
        case (planned.Dense(activation=name), *_) | (planned.Conv2D(activation=name), *_):
            return name, position
        case (planned.Recurrent(cell="simple_rnn"), *_):
            return "tanh", position
        case _:
            return None, position
