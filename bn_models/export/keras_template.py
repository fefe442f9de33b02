"""What the ``.keras`` files of one network have in common, saved and loaded by Keras once.

To have Keras build and save each file takes longer than a short training. A template is a file that Keras has saved and
loaded again, with weights that can all be told apart: where a weight lies is found by its value, so that nothing rests
on how Keras names layers or orders variables.
"""

import io
import itertools
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from bn_models.datasets.arrays import DType, Preprocessing
from bn_models.export.agreement import Disagreement
from bn_models.export.folding import Weights
from bn_models.network.build import keras_layer, layer_weights
from bn_models.plan import layers as planned

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


@dataclass(frozen=True)
class Form:
    """All that is equal where files differ in numbers only, which are weights, momenta and those of preprocessing."""

    layers: tuple[planned.Layer, ...]
    row_shape: planned.Shape
    raw_dtype: DType
    centers: bool
    wide_target: bool
    """Whether it predicts in float64, in the target's own unit."""

    @property
    def first(self) -> int:
        """The position of the network's first layer: those before it preprocess."""
        return 2 if self.centers else 1


@dataclass(frozen=True)
class Network:
    """A trained network, ``weights[i]`` of plan layer ``i``, and what is around it on the way from raw rows."""

    layers: Sequence[planned.Layer]
    weights: Sequence[Weights]
    row_shape: planned.Shape
    preprocessing: Preprocessing
    target: Preprocessing | None = None

    @cached_property
    def form(self) -> Form:
        wide_target = self.target is not None and self.target.raw_dtype == "float64"
        around = self.preprocessing
        return Form(planned.without_momenta(self.layers), self.row_shape, around.raw_dtype, around.centers, wide_target)


@dataclass(frozen=True)
class Place:
    """Where the values of a weight lie: its path in the HDF5 file, and the offset of its bytes there."""

    path: str
    offset: int


@dataclass(frozen=True)
class Template:
    """``config`` and ``weights`` are parts of the file; ``places[i]`` are those of the weights of plan layer ``i``."""

    form: Form
    config: bytes
    weights: bytes
    places: Sequence[Sequence[Place]]


def make_template(form: Form) -> Template:
    """Raises Disagreement when Keras does not load what it saved, or a weight is not where it can be filled in."""
    model = _model(form)
    marks = _set_marks(model, form)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        data = path.read_bytes()
    for saved, found in zip(marks, _network_weights(load(data), form), strict=True):
        if not all(map(np.array_equal, saved, found)):
            raise Disagreement("Keras loads other weights than it saved")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        config, weights = archive.read(CONFIG), archive.read(WEIGHTS)
    return Template(form, config, weights, _places(weights, marks))


def load(data: bytes) -> Any:
    """The model of a ``.keras`` file, loaded by Keras; raises Disagreement when it cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        try:
            return keras.models.load_model(path, compile=False)
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise Disagreement(f"Keras does not load its file: {error}") from error


def _model(form: Form) -> Any:
    """The network on raw rows. The numbers around it are not those of any run, each of which fills in its own.

    As in the ONNX model raw rows are centered in float64, and a target that needs it is predicted in float64. The
    numbers are arrays, which Keras keeps in float64: lists and single numbers would become float32 on the way.
    """
    number, rescaling = np.array([7.0]), keras.layers.Rescaling
    if form.centers:  # subtracted first: a column's mean can be far larger than its spread
        before = [rescaling(1.0, number, dtype="float64"), rescaling(number, dtype="float64")]
    else:
        before = [rescaling(number)]
    after = [rescaling(number, number, dtype="float64")] if form.wide_target else []
    network = map(keras_layer, form.layers)
    return keras.Sequential([keras.Input(form.row_shape, dtype=form.raw_dtype), *before, *network, *after])


def _set_marks(model: Any, form: Form) -> Sequence[Weights]:
    """Gives the model weights none of which is like another, nor like itself turned round, and returns them."""
    rng, number = np.random.default_rng(0), itertools.count()
    marks = [
        [(next(number) + rng.uniform(0.2, 0.8, weight.shape)).astype(np.float32) for weight in of_layer]
        for of_layer in _network_weights(model, form)
    ]
    for layer, of_layer in zip(_network(model, form), marks, strict=True):
        if of_layer:
            layer.set_weights(of_layer)
    return marks


def _places(weights: bytes, marks: Sequence[Weights]) -> list[list[Place]]:
    found: dict[tuple[Any, ...], Place] = {}

    def look(path: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):  # the offset is None where values do not lie in one piece
            found[item.dtype.str, item.shape, item[()].tobytes()] = Place(path, item.id.get_offset())

    with h5py.File(io.BytesIO(weights)) as file:
        file.visititems(look)
    keys = [[("<f4", mark.shape, mark.astype("<f4").tobytes()) for mark in of_layer] for of_layer in marks]
    if sorted(itertools.chain(*keys)) != sorted(found) or not all(place.offset for place in found.values()):
        raise Disagreement("the file that Keras saved does not hold each weight once, in one piece")
    return [[found[key] for key in of_layer] for of_layer in keys]


def _network(model: Any, form: Form) -> Any:
    return model.layers[form.first : form.first + len(form.layers)]


def _network_weights(model: Any, form: Form) -> Sequence[Weights]:
    return layer_weights(_network(model, form), form.layers)
