"""Batch normalization merged into the neighbouring linear layer: the same function, one pass over the row less.

In inference mode batch normalization is one factor and one shift a feature, ``f = gamma / sqrt(variance + epsilon)``
and ``s = beta - mean * f``, so that two neighbours can take it (Jacob et al. 2018, section 3.2, for the first):

- linear -> BN: ``f * (W x + b) + s = (f W) x + (f b + s)``; padding does not matter, it lies before ``W``
- BN -> linear: ``W (f x + s) + b = (W f) x + (W s + b)``; dropout between them is the identity, and flattening and
  reshaping keep the order of the numbers, so that ``f`` and ``s`` repeat along the new last axis

It stays where no linear layer can take it:

- BN -> padded convolution: the padding's zeros are not normalized. An output near the border sums ``W (f x + s)`` over
  the taps inside the image only, so its share of ``W s`` is smaller than in the middle: no single bias gives both.
- BN -> max pooling: ``max(f x + s) = f max(x) + s`` for ``f >= 0`` only; a negative gamma makes it ``f min(x) + s``,
  and the minimum is no longer there after the pooling. Which of the two holds would depend on the run.
- BN -> recurrent: ``W (f x_t + s) + U h_(t-1) + b`` could be merged, but the state carries a changed rounding through
  every later step. It stays, so that only layers without memory are rewritten.

And it stays where float32 would lose something that the two layers apart do not lose:

- a factor, shift or merged weight is out of float32's range, or not a number (a diverged run). Weights below the range
  become 0, which moves an output by less than 1e-37 times the input.
- BN -> linear with means far from zero compared with their deviations. Apart, ``f x + s`` is small once ``f x`` and
  ``s`` have cancelled; merged, they cancel only after the sum over all inputs, each rounded to 2^-24. The merge is
  made while ``|W| |f mean| <= 8 |W| (|gamma| + |beta|)``: that rounding is then at most 5e-7 of the right-hand sum.
  Linear -> BN has no such limit: ``W x`` is rounded before it is centred in both forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bn_models.plan import layers as planned

CANCELLATION = 8.0
"""So many times larger than the normalized features may be what cancels in a merged layer; after training, 0 to 4."""

Weights = Sequence[NDArray[np.float32]]
Wide = NDArray[np.float64]
_Node = tuple[planned.Layer, Sequence[NDArray[Any]]]


@dataclass(frozen=True)
class Folded:
    """A network for inference, dropout left out; ``weights[i]`` belong to ``layers[i]``, in Keras's order.

    ``folded_layers`` and ``kept_layers`` count the batch normalizations that were merged and that stayed.
    """

    layers: Sequence[planned.Layer]
    weights: Sequence[Weights]
    folded_layers: int
    kept_layers: int


def fold(layers: Sequence[planned.Layer], weights: Sequence[Weights]) -> Folded:
    """The same predictions with as few batch normalizations as possible.

    ``weights[i]`` are the weights of layer ``i`` as Keras's ``layer.get_weights()`` orders them; they are not changed.
    A batch normalization between two linear layers goes into the first.
    """
    nodes = zip(layers, weights, strict=True)
    chain: list[_Node] = [node for node in nodes if not isinstance(node[0], planned.Dropout)]
    folded, position = 0, 0
    with np.errstate(all="ignore"):  # what overflows is not merged
        while position < len(chain):
            if isinstance(chain[position][0], planned.BatchNormalization) and _merge(chain, position):
                folded += 1
            else:
                position += 1
        stored = [[weight.astype(np.float32, copy=False) for weight in of_layer] for _, of_layer in chain]
    remaining = [layer for layer, _ in chain]
    return Folded(remaining, stored, folded, _normalizations(remaining))


def unfolded(layers: Sequence[planned.Layer], weights: Sequence[Weights]) -> Folded:
    """The network as it is, every batch normalization kept."""
    return Folded(layers, weights, 0, _normalizations(layers))


def factor_and_shift(layer: planned.BatchNormalization, weights: Sequence[NDArray[Any]]) -> tuple[Wide, Wide]:
    """Each (features): inference-mode batch normalization is ``factor * x + shift``."""
    gamma, beta, mean, deviation = _statistics(layer, weights)
    factor = gamma / deviation
    return factor, beta - mean * factor


def _statistics(layer: planned.BatchNormalization, weights: Sequence[NDArray[Any]]) -> tuple[Wide, Wide, Wide, Wide]:
    """gamma, beta, mean and ``sqrt(variance + epsilon)``, each (features)."""
    *affine, mean, variance = (weight.astype(np.float64) for weight in weights)
    gamma = affine.pop(0) if layer.scale else np.ones_like(mean)
    beta = affine.pop(0) if layer.center else np.zeros_like(mean)
    return gamma, beta, mean, np.sqrt(variance + layer.epsilon)


def _merge(chain: list[_Node], position: int) -> bool:
    """Merges the batch normalization at ``position`` into a neighbour; False where it has to stay."""
    layer, weights = chain[position]
    assert isinstance(layer, planned.BatchNormalization)
    if not _in_range(factor_and_shift(layer, weights)):
        return False
    if position > 0 and (merged := _into_linear_before(layer, weights, *chain[position - 1])):
        chain[position - 1] = merged
        del chain[position]
        return True
    after = position + 1
    while after < len(chain) and isinstance(chain[after][0], planned.Flatten | planned.Reshape):
        after += 1
    if after < len(chain) and (merged := _into_linear_after(layer, weights, *chain[after])):
        chain[after] = merged
        del chain[position]
        return True
    return False


def _into_linear_before(
    normalization: planned.BatchNormalization,
    statistics: Sequence[NDArray[Any]],
    layer: planned.Layer,
    weights: Sequence[NDArray[Any]],
) -> _Node | None:
    if not isinstance(layer, planned.Dense | planned.Conv2D) or layer.activation != "linear":
        return None
    factor, shift = factor_and_shift(normalization, statistics)
    bias = factor * weights[1] + shift if layer.use_bias else shift
    return _with_bias(layer, weights[0] * factor, bias)


def _into_linear_after(
    normalization: planned.BatchNormalization,
    statistics: Sequence[NDArray[Any]],
    layer: planned.Layer,
    weights: Sequence[NDArray[Any]],
) -> _Node | None:
    if not isinstance(layer, planned.Dense | planned.Conv2D):
        return None
    if isinstance(layer, planned.Conv2D) and layer.padding != "valid" and layer.kernel_size > 1:
        return None
    kernel = weights[0]
    repeats, rest = divmod(kernel.shape[-2], len(statistics[0]))
    if rest:  # reshaped so that one input feature holds several normalized ones
        return None
    gamma, beta, mean, deviation = (np.tile(values, repeats) for values in _statistics(normalization, statistics))
    factor = gamma / deviation
    taps = kernel.reshape(-1, *kernel.shape[-2:])  # (taps, features in, features out)
    size = np.abs(taps).sum(axis=0, dtype=np.float64)
    if not np.all(abs(factor * mean) @ size <= CANCELLATION * ((abs(gamma) + abs(beta)) @ size)):
        return None
    bias = (beta - mean * factor) @ taps.sum(axis=0, dtype=np.float64) + (weights[1] if layer.use_bias else 0.0)
    return _with_bias(layer, kernel * factor[:, None], bias)


def _with_bias(layer: planned.Dense | planned.Conv2D, kernel: Wide, bias: Wide) -> _Node | None:
    return (replace(layer, use_bias=True), [kernel, bias]) if _in_range([kernel, bias]) else None


def _in_range(arrays: Sequence[Wide]) -> bool:
    return all(np.isfinite(array.astype(np.float32)).all() for array in arrays)


def _normalizations(layers: Sequence[planned.Layer]) -> int:
    return sum(isinstance(layer, planned.BatchNormalization) for layer in layers)
