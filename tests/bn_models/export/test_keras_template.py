import io
import zipfile
from dataclasses import replace

import h5py
import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.agreement import Disagreement
from bn_models.export.keras_template import WEIGHTS, Form, Network, load, make_template
from bn_models.network.build import build, layer_weights
from bn_models.plan.architecture import plan
from bn_models.plan.layers import BatchNormalization, Dense, Layer
from bn_models.spec import TrainingSpec
from tests.support.networks import EXPORTED

BN = BatchNormalization(0.99, 0.001, center=True, scale=True)
LAYERS: tuple[Layer, ...] = (Dense(3, "relu", use_bias=True), BN, Dense(1, "sigmoid", use_bias=True))


def form(layers: tuple[Layer, ...] = LAYERS, around: Preprocessing | None = None, target: str = "float32") -> Form:
    return Network(layers, [], (3,), around or Preprocessing(), Preprocessing(2.0, 1.0, target)).form  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", EXPORTED)
def test_each_weight_has_a_place_of_its_own_with_its_shape(kind: str) -> None:
    spec = TrainingSpec.model_validate(
        {"dataset": "digits", "network": EXPORTED[kind], "batch_norm": {"on_input": True}, "dropout": 0.5}
    )
    layers = plan(spec)
    template = make_template(Network(layers, [], (8, 8), Preprocessing(1 / 16)).form)
    shapes = [[weight.shape for weight in of_layer] for of_layer in layer_weights(build(spec).layers, layers)]
    with h5py.File(io.BytesIO(template.weights)) as file:
        assert [[file[place.path].shape for place in places] for places in template.places] == shapes
    places = [place for places in template.places for place in places]
    assert len({place.path for place in places}) == len({place.offset for place in places}) == len(places)


def test_numbers_of_a_run_are_not_of_the_form() -> None:
    other = (LAYERS[0], replace(BN, momentum=0.5), LAYERS[2])
    offset = np.array([1.0, 2.0, 3.0])
    assert form() == form(other) == form(around=Preprocessing(0.1))
    assert form(around=Preprocessing(1.0, offset)) == form(around=Preprocessing(0.1, 2 * offset))


def test_all_else_is() -> None:
    layers = [
        LAYERS,
        (LAYERS[0], replace(BN, epsilon=0.002), LAYERS[2]),
        (LAYERS[0], replace(BN, scale=False), LAYERS[2]),
        (Dense(3, "tanh", use_bias=True), *LAYERS[1:]),
        (Dense(3, "relu", use_bias=False), *LAYERS[1:]),
    ]
    around = [Preprocessing(1.0, 1.0), Preprocessing(raw_dtype="float64")]
    forms = [*map(form, layers), *(form(around=one) for one in around), form(target="float64")]
    assert len(set(forms)) == len(forms)


def test_a_file_that_keras_does_not_load_is_told() -> None:
    template = make_template(form())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", template.config.replace(b'"Dense"', b'"Dance"'))
        archive.writestr(WEIGHTS, template.weights)
    with pytest.raises(Disagreement, match="Keras does not load its file"):
        load(file.getvalue())
