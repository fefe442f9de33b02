"""The trained model as a ``.keras`` file that takes raw rows: a template with a run's own numbers filled in."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import reduce
from operator import getitem
from typing import Any

import h5py
import keras
import numpy as np
from numpy.typing import NDArray

from bn_models.export.agreement import Disagreement
from bn_models.export.keras_template import CONFIG, WEIGHTS, Network, Template
from bn_models.plan.layers import BatchNormalization

Rows = NDArray[np.floating[Any]]
Fields = dict[str, Any]
Path = tuple[int | str, ...]
VALUE = ("config", "value")
"""Where Keras writes the values of an array that is an argument of a layer."""


def keras_file(template: Template, network: Network) -> bytes:
    """The bytes of a ``.keras`` file that predicts from raw rows; raises Disagreement for another form's template."""
    if template.form != network.form:
        raise Disagreement("the template is of another network")
    config = json.loads(template.config)
    for path, value in _numbers(network).items():
        _set(_layers(config), path, value)
    stored = bytearray(template.weights)
    for places, of_layer in zip(template.places, network.weights, strict=True):
        for place, weight in zip(places, of_layer, strict=True):
            stored[place.offset : place.offset + weight.nbytes] = weight.astype("<f4", copy=False).tobytes()
    saved = {"keras_version": keras.__version__, "date_saved": datetime.now().strftime("%Y-%m-%d@%H:%M:%S")}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in (("metadata.json", json.dumps(saved)), (CONFIG, json.dumps(config)), (WEIGHTS, stored)):
            archive.writestr(name, part)
    return file.getvalue()


def check_keras_file(data: bytes, template: Template, network: Network, raw: Rows, preprocessed: Rows) -> None:
    """Reads a file back without Keras, as it lies there: its weights by path, its configuration field by field.

    Raises Disagreement when a weight is not the trained one, when ``raw`` rows would not become the ``preprocessed``
    ones that the network was given, and when anything is not as in the ``template``, which Keras has loaded.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        config, stored = json.loads(archive.read(CONFIG)), archive.read(WEIGHTS)
    _check_weights(stored, template, network)
    first, found = 1 + network.form.first, _layers(config)
    _check_preprocessing(found[1:first], raw, preprocessed)
    for layer, fields in zip(network.layers, found[first:], strict=False):
        if isinstance(layer, BatchNormalization) and any(
            fields[name] != value for name, value in asdict(layer).items()
        ):
            raise Disagreement(f"the Keras file has another batch normalization than {layer}")
    target = network.target
    if network.form.wide_target:
        assert target is not None
        if (_value(found[-1]["scale"]), _value(found[-1]["offset"])) != (1 / target.scale, target.offset):
            raise Disagreement("the Keras file predicts in another unit than the target's")
    verified = json.loads(template.config)
    for path in _numbers(network):
        _set(found, path, reduce(getitem, path, _layers(verified)))
    if config != verified:
        raise Disagreement("the Keras file has another configuration than the one that Keras has loaded")


def _check_weights(stored: bytes, template: Template, network: Network) -> None:
    with h5py.File(io.BytesIO(stored)) as file:
        for places, of_layer in zip(template.places, network.weights, strict=True):
            for place, weight in zip(places, of_layer, strict=True):
                if not np.array_equal(file[place.path][()], weight, equal_nan=True):
                    raise Disagreement(f"the Keras file has other weights in {place.path} than the trained model")


def _check_preprocessing(rescalings: Sequence[Fields], raw: Rows, preprocessed: Rows) -> None:
    x = raw.astype(np.float64)
    for rescaling in rescalings:
        x = x * _value(rescaling["scale"]) + _value(rescaling["offset"])
    with np.errstate(over="ignore"):
        x = x.astype(np.float32)
    if not np.allclose(x, preprocessed, rtol=1e-6, atol=1e-37, equal_nan=True):
        raise Disagreement("the Keras file preprocesses rows otherwise than the trained model was given them")


def _numbers(network: Network) -> dict[Path, Any]:
    """What a run fills in, by the way to it: position among the file's layers, of which the first is the input, field,
    and where in the field an array has its values."""
    form, preprocessing, target = network.form, network.preprocessing, network.target
    numbers: dict[Path, Any] = {(form.first, "scale", *VALUE): np.atleast_1d(preprocessing.scale).tolist()}
    if form.centers:
        numbers[1, "offset", *VALUE] = np.atleast_1d(np.negative(preprocessing.offset)).tolist()
    for position, layer in enumerate(network.layers, 1 + form.first):
        if isinstance(layer, BatchNormalization):
            numbers[position, "momentum"] = layer.momentum
    if form.wide_target:
        assert target is not None
        after = 1 + form.first + len(form.layers)
        numbers |= {(after, "scale", *VALUE): [1 / target.scale], (after, "offset", *VALUE): [target.offset]}
    return numbers


def _layers(config: Fields) -> Any:
    return [layer["config"] for layer in config["config"]["layers"]]


def _set(layers: Any, path: Path, value: Any) -> None:
    reduce(getitem, path[:-1], layers)[path[-1]] = value


def _value(array: Any) -> Any:
    """A number of a configuration, which may be an array."""
    return np.array(reduce(getitem, VALUE, array)) if isinstance(array, dict) else array
