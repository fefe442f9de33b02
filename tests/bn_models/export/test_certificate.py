import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.certificate import CertificateError, Templates, certify
from bn_models.inference import InferenceModel
from bn_models.network import initialization
from bn_models.network.build import build
from bn_models.plan.architecture import plan
from bn_models.plan.layers import BatchNormalization, Dense, Layer
from bn_models.spec import TrainingSpec

SPEC = TrainingSpec.model_validate({"dataset": "digits", "batch_norm": {"on_input": True}, "dropout": 0.2})
ROWS = np.random.default_rng(0).uniform(0, 16, (40, 8, 8)).astype(np.float32)


@pytest.fixture
def model() -> Any:
    model = build(SPEC)
    initialization.initialize(model, SPEC)
    return model


def certified(model: Any, layers: tuple[Layer, ...] | None = None, **arguments: Any) -> Any:
    return certify(model, layers or plan(SPEC), (8, 8), Preprocessing(1 / 16), ROWS, **arguments)


def test_what_is_certified_is_what_keras_predicts(model: Any, tmp_path: Path) -> None:
    certificate = certified(model)
    expected = np.asarray(model(ROWS / 16, training=False))
    got = InferenceModel(certificate.onnx).predict(ROWS)
    assert certificate.max_abs_difference == np.max(np.abs(got - expected)) < 1e-5
    assert certificate.sha256 == hashlib.sha256(certificate.onnx).hexdigest()
    assert (certificate.folded_layers, certificate.kept_layers) == (2, 0)


def test_the_keras_file_predicts_the_same_from_raw_rows(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(certified(model).keras)
    reloaded = keras.models.load_model(path)
    expected = np.asarray(model(ROWS / 16, training=False))
    assert np.allclose(reloaded(ROWS, training=False), expected, atol=1e-6)


def test_a_model_that_onnx_computes_differently_is_refused(model: Any) -> None:
    layers = tuple(
        replace(layer, epsilon=0.5) if isinstance(layer, BatchNormalization) else layer for layer in plan(SPEC)
    )
    with pytest.raises(CertificateError, match="differ by"):
        certified(model, layers)


def test_a_model_whose_weights_change_in_prediction_is_refused(model: Any) -> None:
    normalization = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))

    class Training:
        """Calls the network in training mode, whatever it is asked: Keras did so behind a Resizing layer."""

        layers = model.layers
        get_weights = model.get_weights

        def __call__(self, rows: Any, training: bool) -> Any:
            return model(rows, training=True)

    before = normalization.moving_mean.numpy().copy()
    with pytest.raises(CertificateError, match="changed"):
        certified(Training())
    assert not np.array_equal(before, normalization.moving_mean.numpy())


def test_a_diverged_model_has_a_certificate_too(model: Any) -> None:
    model.layers[-1].kernel.assign(np.full(model.layers[-1].kernel.shape, np.nan))
    certificate = certified(model)
    assert certificate.max_abs_difference == 0.0
    assert np.isnan(InferenceModel(certificate.onnx).predict(ROWS)).all()


def test_an_infinity_on_one_side_only_is_refused() -> None:
    linear = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    linear.layers[0].kernel.assign(np.full((2, 1), 3e38))
    rows = np.ones((4, 2), np.float32)
    assert certify(linear, [Dense(1, "linear", use_bias=True)], (2,), Preprocessing(), rows).max_abs_difference == 0.0
    with pytest.raises(CertificateError, match="one side only"):
        certify(linear, [Dense(1, "sigmoid", use_bias=True)], (2,), Preprocessing(), rows)


def test_a_diverged_run_s_model_is_not_refused() -> None:
    """What it predicts is told, with an infinite difference: the run is data, and it must not drop out of a study."""
    linear = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    linear.layers[0].kernel.assign(np.full((2, 1), 3e38))
    layers, rows = [Dense(1, "sigmoid", use_bias=True)], np.ones((4, 2), np.float32)
    certificate = certify(linear, layers, (2,), Preprocessing(), rows, diverged=True)
    assert np.isinf(certificate.max_abs_difference)
    assert (InferenceModel(certificate.onnx).predict(rows) == 1).all()


def test_rows_that_are_not_finite_agree_whatever_their_outputs_are() -> None:
    """softmax([inf, 0, 0]) is [NaN, 0, 0] in Keras and all NaN in ONNX Runtime."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.layers[0].set_weights([np.array([[3e38, 0, 0], [3e38, 0, 0]], np.float32), np.zeros(3, np.float32)])
    rows = np.array([[1, 1], [0, 0], [-1, -1]], np.float32)
    expected = np.asarray(model(rows))
    assert 0 < np.isnan(expected[0]).sum() < 3, "Keras predicts what this test is about"
    certificate = certify(model, [Dense(3, "softmax", use_bias=True)], (2,), Preprocessing(), rows)
    assert certificate.max_abs_difference < 1e-6


def test_logits_decide_where_rounding_moves_probabilities() -> None:
    """Two equal logits of 1e10: a sum in another order may call either class certain, and is not wrong."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.layers[0].set_weights([np.full((2, 2), 1e10, np.float32), np.zeros(2, np.float32)])

    class OtherOrder:
        layers = model.layers
        get_weights = model.get_weights

        def __call__(self, rows: Any, training: bool) -> Any:
            return keras.ops.softmax(rows @ model.layers[0].kernel * np.array([1 + 1e-6, 1], np.float32))

    layers, rows = [Dense(2, "softmax", use_bias=True)], np.ones((4, 2), np.float32)
    assert np.isinf(certify(OtherOrder(), layers, (2,), Preprocessing(), rows).max_abs_difference)
    model.layers[0].set_weights([np.full((2, 2), 0.1, np.float32), np.zeros(2, np.float32)])
    assert certify(OtherOrder(), layers, (2,), Preprocessing(), rows).max_abs_difference < 1e-6


def test_a_folded_model_that_predicts_otherwise_is_stored_unfolded() -> None:
    """Folded, 3e38 is divided before the sum and not after it: the infinity that Keras predicts would be gone."""
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, use_bias=False), keras.layers.BatchNormalization()]
    )
    model.layers[0].kernel.assign(np.full((2, 1), 3e38))
    model.layers[1].moving_variance.assign([1e4])
    layers: list[Layer] = [Dense(1, "linear", use_bias=False), BatchNormalization(0.99, 0.001, center=True, scale=True)]
    certificate = certify(model, layers, (2,), Preprocessing(), np.ones((4, 2), np.float32))
    assert (certificate.folded_layers, certificate.kept_layers) == (0, 1)
    assert np.isinf(InferenceModel(certificate.onnx).predict(np.ones((1, 2), np.float32))).all()


def test_a_template_is_left_for_later_files(model: Any) -> None:
    templates: Templates = {}
    first, second = (certified(model, templates=templates) for _ in range(2))
    assert [form.layers for form in templates] == [
        tuple(replace(layer, momentum=0.0) if isinstance(layer, BatchNormalization) else layer for layer in plan(SPEC))
    ]
    assert len(first.keras) == len(second.keras)


@pytest.mark.parametrize("value", [np.nan, 0.0, 1e30])
def test_a_network_that_answers_every_row_alike_says_nothing_of_a_template(model: Any, value: float) -> None:
    """Diverged, dead or saturated: its own file has its weights, but the next run's file is loaded again."""
    model.layers[-1].kernel.assign(np.full(model.layers[-1].kernel.shape, value))
    templates: Templates = {}
    assert certified(model, templates=templates).keras
    assert templates == {}


def test_a_certificate_needs_rows(model: Any) -> None:
    with pytest.raises(CertificateError, match="no held-out rows"):
        certify(model, plan(SPEC), (8, 8), Preprocessing(1 / 16), ROWS[:0])


def test_columns_far_from_zero_are_standardized_inside_the_model(tmp_path: Path) -> None:
    """As years or times of day are: the mean is a thousand times the spread and more."""
    spec = TrainingSpec.model_validate({"dataset": "circles"})
    model = build(spec)
    initialization.initialize(model, spec)
    offset, scale = np.array([2007.0, 1e6], np.float32), np.array([1.25, 0.01], np.float32)
    rows = (np.random.default_rng(0).normal(size=(40, 2)) / scale + offset).astype(np.float32)
    certificate = certify(model, plan(spec), (2,), Preprocessing(scale, offset), rows)
    expected = np.asarray(model((rows - offset) * scale, training=False))
    np.testing.assert_allclose(InferenceModel(certificate.onnx).predict(rows), expected, atol=1e-6)
    path = tmp_path / "model.keras"
    path.write_bytes(certificate.keras)
    np.testing.assert_allclose(keras.models.load_model(path)(rows, training=False), expected, atol=1e-6)
