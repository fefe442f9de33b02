import numpy as np
import pytest

from bn_models.datasets.arrays import Preprocessing
from bn_models.export.onnx_writer import to_onnx
from bn_models.inference import InferenceModel, RowShapeError
from bn_models.plan import layers as planned
from tests.support.small_model import small_model


@pytest.fixture
def model() -> InferenceModel:
    return InferenceModel(small_model()[0])


def test_shapes(model: InferenceModel) -> None:
    assert (model.input_shape, model.output_shape) == ((2,), (1,))


def test_predictions_are_the_formula(model: InferenceModel) -> None:
    rows = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    assert np.allclose(model.predict(rows)[:, 0], 1 / (1 + np.exp(-(rows @ [1.0, 2.0]))), atol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 16, 100])
def test_a_prediction_does_not_depend_on_its_batch_mates(model: InferenceModel, size: int) -> None:
    rows = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    alone = np.concatenate([model.predict(rows[i : i + size]) for i in range(0, 100, size)])
    assert np.allclose(alone, model.predict(rows), atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 3), (2,), (), (1, 2, 2), (0, 3)])
def test_other_shapes_are_refused(model: InferenceModel, shape: tuple[int, ...]) -> None:
    with pytest.raises(RowShapeError, match=r"\[2\]"):
        model.predict(np.zeros(shape, np.float32))


def test_axes_of_length_one_may_be_there_or_not() -> None:
    layers: list[planned.Layer] = [planned.Flatten(), planned.Dense(1, "linear", use_bias=False)]
    weights = [[], [np.ones((6, 1), np.float32)]]
    model = InferenceModel(to_onnx(layers, weights, (2, 3), Preprocessing()))
    rows = np.arange(12, dtype=np.float32)
    for shape in ((2, 2, 3), (2, 2, 3, 1), (2, 1, 2, 3)):
        assert model.predict(rows.reshape(shape)).tolist() == [[15.0], [51.0]]


def test_a_model_knows_its_labels() -> None:
    layers: list[planned.Layer] = [planned.Dense(3, "linear", use_bias=False)]
    model = InferenceModel(to_onnx(layers, [[np.eye(3, dtype=np.float32)]], (3,), Preprocessing(), ["a", "b", "c"]))
    rows = np.array([[0, 1, 0], [3, 2, 1], [0, np.nan, 9]], np.float32)
    assert model.classes(model.predict(rows)) == ["b", "a", None]


def test_one_output_is_the_probability_of_the_second_label() -> None:
    layers: list[planned.Layer] = [planned.Dense(1, "sigmoid", use_bias=False)]
    model = InferenceModel(to_onnx(layers, [[np.ones((1, 1), np.float32)]], (1,), Preprocessing(), [10, 20]))
    assert model.classes(model.predict(np.array([[-1], [0], [5]], np.float32))) == [10, 10, 20]


def test_a_model_knows_the_names_of_its_columns() -> None:
    layers: list[planned.Layer] = [planned.Dense(1, "linear", use_bias=False)]
    onnx = to_onnx(layers, [[np.ones((2, 1), np.float32)]], (2,), Preprocessing(), columns=("Größe, cm", 'a "b"'))
    assert InferenceModel(onnx).columns == ["Größe, cm", 'a "b"']


def test_a_model_without_labels_and_names_has_none(model: InferenceModel) -> None:
    assert (model.labels, model.columns) == ([], [])
