import keras
import numpy as np
import pytest
import tensorflow as tf

from bn_models.compiled.calls import Calls
from bn_models.compiled.evaluation import Evaluation
from bn_models.compiled.steps import Steps

pytestmark = pytest.mark.slow
ROWS = 23


def network(outputs: int, activation: str) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(4), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(outputs, activation)])
    for weight in model.layers[1].weights:
        weight.assign(np.random.default_rng(0).uniform(0.5, 2, weight.shape))
    return model


@pytest.mark.parametrize("batch", [1, 5, 23, 100])
@pytest.mark.parametrize(
    ("target", "outputs", "loss"),
    [
        ("binary", 1, "binary_crossentropy"),
        ("classes", 3, "sparse_categorical_crossentropy"),
        ("number", 1, "mean_squared_error"),
    ],
)
def test_it_says_what_evaluate_of_keras_says(target: str, outputs: int, loss: str, batch: int) -> None:
    model = network(outputs, {"binary": "sigmoid", "classes": "softmax", "number": "linear"}[target])
    generator = np.random.default_rng(1)
    x = generator.normal(size=(ROWS, 3)).astype(np.float32)
    y = generator.integers(0, max(2, outputs), ROWS).astype(np.float32 if target == "number" else np.int32)
    model.compile(loss=loss, metrics=["mae" if target == "number" else "accuracy"])
    before = [variable.numpy().copy() for variable in model.variables]
    evaluation = Evaluation(Steps(model, None, target), (3,), batch, Calls(xla=False, seconds=0.0).pace())  # type: ignore[arg-type]
    *progress, found = evaluation.run(tf.constant(x), tf.constant(y))
    assert progress == [min(1.0, (i + 1) * batch / ROWS) for i in range(-(-ROWS // batch))]
    np.testing.assert_allclose(found, model.evaluate(x, y, verbose=0), rtol=1e-5)
    *_, of_some = evaluation.run(tf.constant(x[:2]), tf.constant(y[:2]))  # any number of rows
    np.testing.assert_allclose(of_some, model.evaluate(x[:2], y[:2], verbose=0), rtol=1e-5)
    for now, then in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_prediction_that_is_not_finite_is_right_on_no_row() -> None:
    model = network(1, "sigmoid")
    model.layers[-1].bias.assign([np.nan])
    evaluation = Evaluation(Steps(model, None, "binary"), (3,), 4, Calls(xla=False, seconds=0.0).pace())
    *_, found = evaluation.run(tf.zeros((ROWS, 3)), tf.zeros(ROWS, tf.int32))
    np.testing.assert_array_equal(found, [np.nan, 0.0])
