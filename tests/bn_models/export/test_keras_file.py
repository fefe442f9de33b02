"""Files that were filled in, opened with Keras."""

import io
import json
import zipfile
from typing import Any

import keras
import numpy as np
import pytest

from bn_models.export.agreement import Disagreement
from bn_models.export.keras_file import check_keras_file, keras_file
from bn_models.export.keras_template import Network, Template, load, make_template
from bn_models.network.build import layer_weights
from bn_models.plan.architecture import plan
from bn_models.spec import TrainingSpec
from bn_models.training.loop import Trained
from tests.support.trained_networks import KINDS, trained_network


def network_of(spec: TrainingSpec, trained: Trained) -> Network:
    layers = plan(spec)
    target = trained.data.target if spec.regression else None
    weights = layer_weights(trained.model.layers, layers)
    return Network(layers, weights, spec.dataset.row_shape, trained.data.preprocessing, target)


@pytest.fixture(scope="module")
def templates() -> dict[str, Template]:
    return {}


def template_of(kind: str, network: Network, templates: dict[str, Template]) -> Template:
    if kind not in templates:
        templates[kind] = make_template(network.form)
    return templates[kind]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_keras_predicts_what_the_trained_model_predicts(kind: str, seed: int, templates: dict[str, Template]) -> None:
    """From raw rows in the target's unit; both seeds are of one template and of other numbers throughout."""
    spec, trained = trained_network(kind, seed)
    network = network_of(spec, trained)
    template = template_of(kind, network, templates)
    assert template.form == network.form
    model = load(keras_file(template, network))
    expected = np.asarray(trained.model(trained.data.validation.x, training=False), np.float64)
    target = trained.data.target
    if target.raw_dtype == "float64":
        expected = expected / target.scale + target.offset
    got = np.asarray(model(trained.data.validation.raw_x, training=False))
    digits = np.spacing(np.abs(expected).max().astype(got.dtype))
    assert np.abs(got - expected).max() < 1e-5 / float(target.scale) + 4 * digits
    assert (got.dtype == np.float64) == (target.raw_dtype == "float64")


@pytest.mark.parametrize("kind", KINDS)
def test_every_variable_is_where_keras_looks_for_it(kind: str, templates: dict[str, Template]) -> None:
    spec, trained = trained_network(kind, seed=2)
    network = network_of(spec, trained)
    template = template_of(kind, network, templates)
    loaded = load(keras_file(template, network)).layers[network.form.first :]
    for layer, own, found in zip(network.layers, network.weights, loaded, strict=False):
        assert all(map(np.array_equal, own, layer_weights([found], [layer])[0]))
    momenta = [found.momentum for found in loaded if isinstance(found, keras.layers.BatchNormalization)]
    assert momenta == [spec.batch_norm.momentum] * len(momenta)


def test_it_is_what_keras_would_save(tmp_path: Any) -> None:
    """The same configuration and nothing else beside it, saved anew by Keras after loading."""
    spec, trained = trained_network("cnn")
    network = network_of(spec, trained)
    data = keras_file(make_template(network.form), network)
    load(data).save(tmp_path / "again.keras")
    with zipfile.ZipFile(io.BytesIO(data)) as ours, zipfile.ZipFile(tmp_path / "again.keras") as theirs:
        assert sorted(ours.namelist()) == sorted(theirs.namelist())
        found, saved = (without_ids(json.loads(archive.read("config.json"))) for archive in (ours, theirs))
        assert json.loads(ours.read("metadata.json"))["keras_version"] == keras.__version__
        assert b"optimizer" not in ours.read("model.weights.h5")
    assert found == saved
    assert not found["compile_config"]


def without_ids(config: Any) -> Any:
    """Keras numbers objects that layers share by where they lie in memory."""
    if isinstance(config, list):
        return [without_ids(part) for part in config]
    if isinstance(config, dict):
        return {name: without_ids(part) for name, part in config.items() if name != "shared_object_id"}
    return config


def test_bytes_that_changed_are_found() -> None:
    spec, trained = trained_network("mlp")
    network = network_of(spec, trained)
    template = make_template(network.form)
    data = keras_file(template, network)

    def check(data: bytes) -> None:
        check_keras_file(data, template, network, trained.data.validation.raw_x, trained.data.validation.x)

    check(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    gamma = network.weights[1][0].tobytes()
    assert parts["model.weights.h5"].count(gamma) == 1
    for name, other, message in (
        ("model.weights.h5", parts["model.weights.h5"].replace(gamma, network.weights[1][1].tobytes()), "weights in "),
        ("config.json", parts["config.json"].replace(b'"epsilon": 0.001', b'"epsilon": 0.01'), "normalization than"),
        ("config.json", parts["config.json"].replace(b'"relu"', b'"tanh"'), "another configuration"),
        ("config.json", parts["config.json"].replace(b'"momentum": 0.', b'"momentum": 0.1'), "normalization than"),
    ):
        damaged = io.BytesIO()
        with zipfile.ZipFile(damaged, "w") as archive:
            for part, content in {**parts, name: other}.items():
                archive.writestr(part, content)
        with pytest.raises(Disagreement, match=message):
            check(damaged.getvalue())
