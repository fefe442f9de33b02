"""Each kind of damage to folding, export and preprocessing fails the job, or the model is stored unfolded and right.

The damage is what goes in here: functions of the export are replaced by ones that do one thing wrong.
"""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import keras
import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.export import certificate, folding, keras_file, keras_template, onnx_writer, recurrent_weights
from bn_models.export.certificate import CertificateError, Templates
from bn_models.export.keras_template import Network, Template, make_template
from bn_models.inference import InferenceModel
from bn_models.network.build import keras_layer, layer_weights
from bn_models.plan import layers as planned
from bn_models.plan.architecture import plan
from bn_models.spec import TrainingSpec
from bn_models.training.loop import Trained
from service.worker.trainer import finished
from tests.support.trained_networks import KINDS, trained_network

pytestmark = pytest.mark.slow

Patch = pytest.MonkeyPatch
Layers = Sequence[planned.Layer]
Weights = list[list[Any]]
Damage = Callable[[Patch], None]
Good = dict[str, Templates]
network_of = cache(trained_network)


@pytest.fixture(scope="module")
def good() -> Good:
    """Templates that were left by jobs of seed 1, by kind."""
    found: Good = {kind: {} for kind in KINDS}
    for kind, templates in found.items():
        finished(*network_of(kind, 1), templates)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_without_damage_the_job_succeeds(kind: str, good: Good) -> None:
    [form] = good[kind]
    finished(*network_of(kind), good[kind])
    assert list(good[kind]) == [form]


# --- weights in the wrong place, of the wrong run, or changed on the way: into ONNX, and into the .keras file ---


def of_normalizations(change: Callable[[Any], Sequence[Any]]) -> Callable[[Layers, Weights], Weights]:
    """Changes gamma, beta, moving mean and moving variance of each batch normalization."""
    return lambda layers, weights: [
        [*change(own)] if isinstance(layer, planned.BatchNormalization) else own
        for layer, own in zip(layers, weights, strict=True)
    ]


def of_linear(change: Callable[[Any], Any], position: int = 0) -> Callable[[Layers, Weights], Weights]:
    """Changes one weight of each layer that has a kernel, where its shape lets it be changed."""
    kinds = (planned.Dense, planned.Conv2D, planned.Recurrent)

    def changed(layers: Layers, weights: Weights) -> Weights:
        found = [[*own] for own in weights]
        for layer, own in zip(layers, found, strict=True):
            if isinstance(layer, kinds) and position < len(own):
                other = change(own[position])
                own[position] = np.ascontiguousarray(other) if other.shape == own[position].shape else own[position]
        return found

    return changed


def gates_exchanged(first: int, second: int, of: int) -> Callable[[Layers, Weights], Weights]:
    def exchanged(kernel: Any) -> Any:
        gates = np.split(kernel, of, axis=-1)
        gates[first], gates[second] = gates[second], gates[first]
        return np.concatenate(gates, axis=-1)

    def change(layers: Layers, weights: Weights) -> Weights:
        return [
            [exchanged(weight) for weight in own] if isinstance(layer, planned.Recurrent) else own
            for layer, own in zip(layers, weights, strict=True)
        ]

    return change


def layers_exchanged(kind: type) -> Callable[[Layers, Weights], Weights]:
    def change(layers: Layers, weights: Weights) -> Weights:
        first, second = [i for i, layer in enumerate(layers) if isinstance(layer, kind)][:2]
        found = [*weights]
        found[first], found[second] = found[second], found[first]
        assert [one.shape for one in found[first]] == [one.shape for one in found[second]]
        return found

    return change


def weights_of(kind: str, seed: int) -> Callable[[Layers, Weights], Weights]:
    def change(layers: Layers, weights: Weights) -> Weights:
        spec, trained = network_of(kind, seed)
        return layer_weights(trained.model.layers, plan(spec))

    return change


def batch_statistics(kind: str) -> Callable[[Layers, Weights], Weights]:
    def change(layers: Layers, weights: Weights) -> Weights:
        _, trained = network_of(kind)
        x, found = trained.data.validation.x, [[*own] for own in weights]
        for layer, own, built in zip(layers, found, trained.model.layers, strict=True):
            if isinstance(layer, planned.BatchNormalization):
                batch = np.asarray(x).reshape(-1, x.shape[-1])
                own[-2:] = batch.mean(axis=0), batch.var(axis=0)
            x = built(x, training=False)
        return found

    return change


DAMAGED_WEIGHTS: dict[str, tuple[str, Callable[[Layers, Weights], Weights]]] = {
    "gamma and beta exchanged": ("mlp", of_normalizations(lambda own: (own[1], own[0], *own[2:]))),
    "mean and variance exchanged": ("mlp", of_normalizations(lambda own: (*own[:2], own[3], own[2]))),
    "mean and beta exchanged": ("mlp, BN after", of_normalizations(lambda own: (own[0], own[2], own[1], own[3]))),
    "deviation for variance": ("mlp", of_normalizations(lambda own: (*own[:3], np.sqrt(own[3])))),
    "batch statistics for moving ones": ("mlp, BN after", batch_statistics("mlp, BN after")),
    "square kernel transposed": ("mlp", of_linear(lambda kernel: kernel.T)),
    "kernel turned round": ("cnn", of_linear(lambda kernel: kernel[::-1, ::-1])),
    "convolution's channels turned round": ("cnn", of_linear(lambda kernel: np.swapaxes(kernel, -1, -2))),
    "image's rows and columns exchanged": ("cnn", of_linear(lambda kernel: np.swapaxes(kernel, 0, 1))),
    "bias left out": ("mlp, BN after", of_linear(np.zeros_like, position=1)),
    "lstm's forget and cell gates exchanged": ("lstm", gates_exchanged(1, 2, of=4)),
    "gru's update and reset gates exchanged": ("gru", gates_exchanged(0, 1, of=3)),
    "recurrent kernel turned round": ("lstm", of_linear(lambda kernel: kernel[::-1], position=1)),
    "two layers exchanged": ("mlp", layers_exchanged(planned.Dense)),
    "two batch normalizations exchanged": ("mlp", layers_exchanged(planned.BatchNormalization)),
    "weights of an earlier job": ("mlp", weights_of("mlp", seed=1)),
    "weights of another epoch": ("mlp", of_linear(lambda kernel: kernel * np.float32(1.01))),
}


@pytest.mark.parametrize("name", DAMAGED_WEIGHTS, ids="ONNX, {}: refused".format)
def test_other_weights_in_onnx(name: str, monkeypatch: Patch) -> None:
    kind, change = DAMAGED_WEIGHTS[name]
    with_onnx_of(monkeypatch, lambda layers, weights: (layers, change(layers, weights)))
    assert_refused(kind)


@pytest.mark.parametrize("name", DAMAGED_WEIGHTS, ids=".keras, {}: refused".format)
def test_other_weights_in_the_keras_file(name: str, monkeypatch: Patch, good: Good) -> None:
    kind, change = DAMAGED_WEIGHTS[name]
    with_keras_file_of(monkeypatch, lambda network: replace(network, weights=change(network.layers, copied(network))))
    assert_refused(kind, good[kind])


# --- another function: into ONNX, and into the .keras file as it is built or as it is written ---


def of_layers(kind: type, **changes: Any) -> Callable[[planned.Layer], planned.Layer]:
    return lambda layer: replace(layer, **changes) if isinstance(layer, kind) else layer


LAST = planned.Dense(1, "sigmoid", use_bias=True)
DAMAGED_LAYERS: dict[str, tuple[str, Callable[[planned.Layer], planned.Layer]]] = {
    "another epsilon": ("mlp", of_layers(planned.BatchNormalization, epsilon=0.01)),
    "another activation": ("cnn", of_layers(planned.Conv2D, activation="elu")),
    "logits for probabilities": (
        "two classes", lambda layer: replace(layer, activation="linear") if layer == LAST else layer
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED_LAYERS, ids="ONNX, {}: refused".format)
def test_another_function_in_onnx(name: str, monkeypatch: Patch) -> None:
    kind, change = DAMAGED_LAYERS[name]
    with_onnx_of(monkeypatch, lambda layers, weights: ([*map(change, layers)], weights))
    assert_refused(kind)


@pytest.mark.parametrize("name", DAMAGED_LAYERS, ids=".keras, {}, built: refused".format)
def test_another_function_built_into_the_keras_file(name: str, monkeypatch: Patch) -> None:
    kind, change = DAMAGED_LAYERS[name]
    with_keras_layer(monkeypatch, lambda layer, build: build(change(layer)))
    assert_refused(kind)


@pytest.mark.parametrize("name", DAMAGED_LAYERS, ids=".keras, {}, a stale template: refused".format)
def test_a_template_of_another_function(name: str) -> None:
    kind, change = DAMAGED_LAYERS[name]
    spec, trained = network_of(kind)
    network = keras_network(spec, trained)
    other = replace(network, layers=[*map(change, network.layers)])
    with pytest.raises(CertificateError):
        finished(spec, trained, {network.form: make_template(other.form)})


def max_pooling(layer: planned.Layer, build: Callable[[planned.Layer], Any]) -> Any:
    pooling = isinstance(layer, planned.MaxPooling2D)
    return keras.layers.MaxPooling2D(3, strides=2, padding="same") if pooling else build(layer)


def other_slope(layer: planned.Layer, build: Callable[[planned.Layer], Any]) -> Any:
    built = build(layer)
    if getattr(layer, "activation", None) == "leaky_relu":
        built.activation = keras.layers.LeakyReLU(negative_slope=0.3)
    return built


def taps_apart(layer: planned.Layer, build: Callable[[planned.Layer], Any]) -> Any:
    built = build(layer)
    if isinstance(layer, planned.Conv2D):
        built.dilation_rate = (2, 2)
    return built


BUILT = {
    "windows of three pixels for two": ("cnn", max_pooling),
    "another slope of leaky_relu": ("mlp, BN after", other_slope),
    "kernel's taps apart": ("padded cnn", taps_apart),
}


@pytest.mark.parametrize("name", BUILT, ids=".keras, {}: refused".format)
def test_another_layer_built_into_the_keras_file(name: str, monkeypatch: Patch) -> None:
    kind, build = BUILT[name]
    with_keras_layer(monkeypatch, build)
    assert_refused(kind)


WRITTEN = {
    "another epsilon": ("mlp", '"epsilon": 0.001', '"epsilon": 0.01'),
    "another activation": ("mlp", '"relu"', '"elu"'),
    "inputs of float32": ("far columns", '"dtype": "float64"', '"dtype": "float32"'),
    "another momentum": ("mlp", '"momentum": 0.', '"momentum": 0.1'),
}


@pytest.mark.parametrize("name", WRITTEN, ids=".keras, {}, written: refused".format)
def test_another_configuration_written_into_the_keras_file(name: str, monkeypatch: Patch, good: Good) -> None:
    kind, old, new = WRITTEN[name]
    original = keras_file.keras_file

    def damaged(template: Template, network: Network) -> bytes:
        with zipfile.ZipFile(io.BytesIO(original(template, network))) as archive:
            parts = {part: archive.read(part) for part in archive.namelist()}
        config = parts["config.json"].decode()
        assert old in config
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for part, content in {**parts, "config.json": config.replace(old, new).encode()}.items():
                archive.writestr(part, content)
        return file.getvalue()

    monkeypatch.setattr(certificate, "keras_file", damaged)
    assert_refused(kind, good[kind])


def other_node(operator: str, **changes: Any) -> Damage:
    """An operator of ONNX is written with other attributes."""
    original = onnx_writer._Graph.node

    def node(graph: Any, name: str, *constants: Any, **attributes: Any) -> None:
        original(graph, name, *constants, **{**attributes, **(changes if name == operator else {})})

    return lambda patch: patch.setattr(onnx_writer._Graph, "node", node)


def with_mean_added(original: Callable[..., Any], *given: Any) -> Any:
    gamma, beta, mean, deviation = original(*given)
    return gamma, beta, -mean, deviation


OPERATORS: dict[str, tuple[str, Damage]] = {
    "another slope of leaky_relu": ("mlp, BN after", other_node("LeakyRelu", alpha=0.3)),
    "gelu by its approximation": ("cnn", other_node("Gelu", approximate="tanh")),
    "softmax over rows": ("mlp", other_node("Softmax", axis=0)),
    "windows of three pixels for two": ("cnn", other_node("MaxPool", kernel_shape=[3, 3], pads=[0, 0, 1, 1])),
    "padding on the other side": ("padded cnn", other_node("Conv", auto_pad="SAME_LOWER")),
    "moving mean added": ("mlp, BN after", lambda patch: with_fold(patch, "_statistics", with_mean_added)),
    "lstm's gates in Keras's order": (
        "lstm", lambda patch: patch.setitem(recurrent_weights.CELLS, "lstm", ("LSTM", {}, [0, 1, 2, 3]))
    ),
    "gru's reset before the product": (
        "gru", lambda patch: patch.setitem(recurrent_weights.CELLS, "gru", ("GRU", {}, [0, 1, 2]))
    ),
    "gru's gates exchanged": (
        "gru",
        lambda patch: patch.setitem(recurrent_weights.CELLS, "gru", ("GRU", {"linear_before_reset": 1}, [1, 0, 2])),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS, ids="ONNX, {}: refused".format)
def test_another_operator(name: str, monkeypatch: Patch) -> None:
    kind, damage = OPERATORS[name]
    damage(monkeypatch)
    assert_refused(kind)


# --- what is around the network: preprocessing, the target's unit, labels ---


def around_onnx(**changes: Callable[[Any], Any]) -> Damage:
    original = onnx_writer.to_onnx

    def damaged(layers: Any, weights: Any, row_shape: Any, preprocessing: Any, labels: Any, **names: Any) -> bytes:
        given = {"preprocessing": preprocessing, "labels": labels, **names}
        given |= {name: change(given[name]) for name, change in changes.items()}
        return original(layers, weights, row_shape, **given)

    return lambda patch: patch.setattr(certificate, "to_onnx", damaged)


def numbers(**changes: Callable[[Any], Any]) -> Callable[[Preprocessing], Preprocessing]:
    return lambda given: replace(given, **{name: change(getattr(given, name)) for name, change in changes.items()})


AROUND_ONNX: dict[str, tuple[str, Damage]] = {
    "scale of input off by a hundredth": ("cnn", around_onnx(preprocessing=numbers(scale=lambda scale: scale * 1.01))),
    "scale of input left out": ("cnn", around_onnx(preprocessing=numbers(scale=lambda _: 1.0))),
    "offset of input left out": ("mlp", around_onnx(preprocessing=numbers(offset=np.zeros_like))),
    "offset of input added": ("mlp", around_onnx(preprocessing=numbers(offset=np.negative))),
    "scale of input upside down": ("mlp", around_onnx(preprocessing=numbers(scale=np.reciprocal))),
    "preprocessing left out": ("mlp", around_onnx(preprocessing=lambda _: Preprocessing())),
    "input narrowed to float32": ("far columns", around_onnx(preprocessing=numbers(raw_dtype=lambda _: "float32"))),
    "target's unit left out": ("far regression", around_onnx(target=lambda _: None)),
    "target's scale left out": ("far regression", around_onnx(target=numbers(scale=lambda _: 1.0))),
    "target's scale upside down": ("far regression", around_onnx(target=numbers(scale=lambda scale: 1 / scale))),
    "target's offset left out": ("far regression", around_onnx(target=numbers(offset=lambda _: 0.0))),
    "target's offset in float32": (
        "far regression", around_onnx(target=numbers(offset=lambda offset: float(np.float32(offset))))
    ),
    "labels reversed": ("mlp", around_onnx(labels=lambda labels: labels[::-1])),
    "labels of two classes reversed": ("two classes", around_onnx(labels=lambda labels: labels[::-1])),
    "labels of another dataset": ("mlp", around_onnx(labels=lambda _: ("ant", "bee", "dog"))),
    "labels left out": ("mlp", around_onnx(labels=lambda _: ())),
}  # fmt: skip


@pytest.mark.parametrize("name", AROUND_ONNX, ids="ONNX, {}: refused".format)
def test_other_numbers_around_onnx(name: str, monkeypatch: Patch) -> None:
    kind, damage = AROUND_ONNX[name]
    damage(monkeypatch)
    assert_refused(kind)


SCALE, OFFSET = ("scale", "config", "value"), ("offset", "config", "value")
AROUND_KERAS: dict[str, tuple[str, tuple[Any, ...], Callable[[Any], Any] | None]] = {
    "scale of input off by a hundredth": ("cnn", (1, *SCALE), lambda scale: scale * 1.01),
    "scale of input left out": ("cnn", (1, *SCALE), np.ones_like),
    "scale of input of an earlier job": ("cnn", (1, *SCALE), None),
    "offset of input left out": ("mlp", (1, *OFFSET), np.zeros_like),
    "offset of input added": ("mlp", (1, *OFFSET), np.negative),
    "offset of input of an earlier job": ("mlp", (1, *OFFSET), None),
    "offset of input in float32": ("far columns", (1, *OFFSET), lambda offset: offset.astype(np.float32)),
    "scale of input upside down": ("mlp", (2, *SCALE), np.reciprocal),
    "target's unit of an earlier job": ("far regression", (-1, *SCALE), None),
    "target's scale left out": ("far regression", (-1, *SCALE), np.ones_like),
    "target's scale upside down": ("far regression", (-1, *SCALE), np.reciprocal),
    "target's offset left out": ("far regression", (-1, *OFFSET), np.zeros_like),
    "target's offset in float32": ("far regression", (-1, *OFFSET), lambda offset: offset.astype(np.float32)),
}


@pytest.mark.parametrize("name", AROUND_KERAS, ids=".keras, {}: refused".format)
def test_other_numbers_around_the_keras_file(name: str, monkeypatch: Patch, good: Good) -> None:
    kind, (position, *way), change = AROUND_KERAS[name]
    original = keras_file._numbers

    def damaged(network: Network) -> Any:
        found = original(network)
        path = (max(at for at, *_ in found) if position < 0 else position, *way)
        if change is None:  # it is not filled in
            del found[path]
        else:
            found[path] = change(np.array(found[path])).tolist()
        return found

    monkeypatch.setattr(keras_file, "_numbers", damaged)
    assert_refused(kind, good[kind])


def test_target_left_out_of_the_keras_file_is_refused(monkeypatch: Patch) -> None:
    original = make_template
    monkeypatch.setattr(certificate, "make_template", lambda form: original(replace(form, wide_target=False)))
    assert_refused("far regression")


# --- the .keras file as a whole ---


def places_exchanged(template: Template) -> Template:
    gamma, beta, *others = template.places[1]
    return replace(template, places=[template.places[0], [beta, gamma, *others], *template.places[2:]])


TEMPLATES: dict[str, tuple[str, Callable[[Callable[..., Template], Any], Template]]] = {
    "gamma and beta in each other's place": ("mlp", lambda make, form: places_exchanged(make(form))),
    "inputs of float32, built": (
        "far columns", lambda make, form: replace(make(replace(form, raw_dtype="float32")), form=form)
    ),
    "centered in float32": (
        "far columns",
        lambda make, form: replace(
            one := make(form), config=one.config.replace(b'{"name": "float64"}', b'{"name": "float32"}')
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES, ids=".keras, {}: refused".format)
def test_a_damaged_template(name: str, monkeypatch: Patch) -> None:
    kind, damage = TEMPLATES[name]
    monkeypatch.setattr(certificate, "make_template", partial(damage, make_template))
    assert_refused(kind)


def test_a_file_of_an_earlier_job_is_refused(monkeypatch: Patch, good: Good) -> None:
    stale = finished(*network_of("mlp", 1), {}).keras
    monkeypatch.setattr(certificate, "keras_file", lambda template, network: stale)
    assert_refused("mlp", good["mlp"])


# --- a wrong fold: the model is stored unfolded, and right ---


def with_fold(patch: Patch, name: str, change: Callable[..., Any]) -> None:
    """``change`` gets the original and its arguments."""
    patch.setattr(folding, name, partial(change, getattr(folding, name)))


def as_if_valid(original: Any, normalization: Any, statistics: Any, layer: Any, weights: Any) -> Any:
    if not isinstance(layer, planned.Conv2D):
        return original(normalization, statistics, layer, weights)
    merged = original(normalization, statistics, replace(layer, padding="valid"), weights)
    return merged and (replace(merged[0], padding=layer.padding), merged[1])


def fold_of(change: Callable[[list[Any]], list[Any]]) -> Damage:
    """The nodes (layer, weights) are changed before folding, and only there."""
    original = folding.fold

    def damaged(layers: Layers, weights: Any) -> Any:
        nodes = change([*zip(layers, weights, strict=True)])
        return original([layer for layer, _ in nodes], [own for _, own in nodes])

    return lambda patch: patch.setattr(certificate, "fold", damaged)


def moved_behind(kind: type) -> Callable[[list[Any]], list[Any]]:
    """Batch normalizations before a layer of ``kind`` are taken for ones behind it."""

    def change(nodes: list[Any]) -> list[Any]:
        for i, (layer, _) in enumerate(nodes[:-1]):
            if isinstance(layer, planned.BatchNormalization) and isinstance(nodes[i + 1][0], kind):
                nodes[i], nodes[i + 1] = nodes[i + 1], nodes[i]
                break
        return nodes

    return change


FOLDS: dict[str, tuple[str, Damage]] = {
    "factor without epsilon": (
        "mlp",
        lambda patch: with_fold(
            patch, "factor_and_shift", lambda original, layer, own: original(replace(layer, epsilon=0.0), own)
        ),
    ),
    "shift with the other sign": (
        "mlp",
        lambda patch: with_fold(
            patch, "factor_and_shift", lambda original, *args: (original(*args)[0], -original(*args)[1])
        ),
    ),
    "across an activation": ("mlp", fold_of(moved_behind(planned.Activation))),
    "across max pooling with negative gamma": ("cnn", fold_of(moved_behind(planned.MaxPooling2D))),
    "into a padded convolution": ("padded cnn", lambda patch: with_fold(patch, "_into_linear_after", as_if_valid)),
    "across a linear layer": ("mlp, BN after", fold_of(moved_behind(planned.Dense))),
    "left out": (
        "mlp",
        fold_of(lambda nodes: [node for node in nodes if not isinstance(node[0], planned.BatchNormalization)]),
    ),
}


@pytest.mark.parametrize("name", FOLDS, ids="fold, {}: falls back".format)
def test_a_wrong_fold(name: str, monkeypatch: Patch) -> None:
    kind, damage = FOLDS[name]
    damage(monkeypatch)
    spec, trained = network_of(kind)
    done = finished(spec, trained, {})
    kept = sum(isinstance(layer, planned.BatchNormalization) for layer in plan(spec))
    assert (done.result.model.folded_layers, done.result.model.kept_layers) == (0, kept)
    expected = np.asarray(trained.model(trained.data.validation.x, training=False))
    np.testing.assert_allclose(InferenceModel(done.onnx).predict(trained.data.validation.raw_x), expected, atol=1e-5)


# --- what was trained is not what was measured ---


class Called:
    """The trained model, called in another way than asked."""

    def __init__(self, model: Any, training: Callable[[Any], bool]) -> None:
        self.layers, self.get_weights, self._training = model.layers, model.get_weights, training

    def __call__(self, x: Any, training: bool) -> Any:
        for layer in self.layers:
            x = layer(x, training=self._training(layer))
        return x


def left_standardized(trained: Trained) -> Trained:
    kernel, bias = trained.model.layers[-1].get_weights()
    target = trained.data.target
    trained.model.layers[-1].set_weights([kernel * target.scale, (bias - target.offset) * target.scale])
    return trained


def with_final(trained: Trained, **changes: float) -> Trained:
    return replace(trained, final={**trained.final, **changes})


def with_y(trained: Trained, y: Any) -> Trained:
    return replace(trained, data=replace(trained.data, validation=replace(trained.data.validation, raw_y=y)))


MEASURED: dict[str, tuple[str, Callable[[Trained], Trained]]] = {
    "batch statistics when predicting": (
        "mlp, BN after", lambda trained: replace(trained, model=Called(trained.model, lambda layer: True))
    ),
    "dropout left active": (
        "mlp",
        lambda trained: replace(
            trained, model=Called(trained.model, lambda layer: isinstance(layer, keras.layers.Dropout))
        ),
    ),
    "accuracy of another epoch": (
        "mlp", lambda trained: with_final(trained, val_accuracy=trained.final["val_accuracy"] - 5 / 64)
    ),
    "error of another epoch": (
        "regression", lambda trained: with_final(trained, val_mae=trained.final["val_mae"] * 1.1)
    ),
    "regression left standardized": ("regression", left_standardized),
    "error of a standardized regression": (
        "regression",
        lambda trained: with_final(trained, val_mae=trained.final["val_mae"] * float(trained.data.target.scale)),
    ),
    "classes of the rows in another order": ("mlp", lambda trained: with_y(trained, 2 - trained.data.validation.raw_y)),
    "rows in another order": ("regression", lambda trained: with_y(trained, trained.data.validation.raw_y[::-1])),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED, ids="{}: refused".format)
def test_another_model_than_was_measured(name: str) -> None:
    kind, damage = MEASURED[name]
    spec, trained = trained_network(kind)  # its weights are changed
    damaged = damage(trained)
    with pytest.raises(CertificateError):
        finished(spec, damaged, {})


# --- how damage is done, and what it is held to ---


def assert_refused(kind: str, *later: Templates) -> None:
    """The job whose file is the first of its form, and the one whose file is filled in from a ``later`` template."""
    for templates in ({}, *later):
        with pytest.raises(CertificateError):
            finished(*network_of(kind), dict(templates))


def with_onnx_of(patch: Patch, change: Callable[[Layers, Weights], tuple[Layers, Any]]) -> None:
    def changed(original: Callable[..., Any], layers: Layers, weights: Any) -> Any:
        return original(*change(layers, [[*own] for own in weights]))

    for name in ("fold", "unfolded"):
        patch.setattr(certificate, name, partial(changed, getattr(certificate, name)))


def copied(network: Network) -> Weights:
    return [[*own] for own in network.weights]


def with_keras_file_of(patch: Patch, change: Callable[[Network], Network]) -> None:
    original = keras_file.keras_file
    patch.setattr(certificate, "keras_file", lambda template, network: original(template, change(network)))


def with_keras_layer(patch: Patch, build: Callable[[planned.Layer, Callable[[planned.Layer], Any]], Any]) -> None:
    patch.setattr(keras_template, "keras_layer", lambda layer: build(layer, keras_layer))


def keras_network(spec: TrainingSpec, trained: Trained) -> Network:
    weights = layer_weights(trained.model.layers, plan(spec))
    return Network(plan(spec), weights, spec.dataset.row_shape, trained.data.preprocessing)
