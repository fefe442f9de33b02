from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras.callbacks import EarlyStopping as KerasEarlyStopping

from bn_models.spec.optimization import EarlyStopping
from bn_models.training.early_stopping import Stopper


class Weights:
    """Stands where Keras's callback expects a model; its weights are the epoch's number."""

    def __init__(self) -> None:
        self.stop_training, self.epoch = False, 0
        self.metrics: list[Any] = []

    def get_weights(self) -> list[Any]:
        return [np.array(self.epoch)]


@given(
    losses=st.lists(st.integers(0, 8).map(lambda n: n / 4), min_size=1, max_size=15),
    patience=st.integers(0, 4),
    min_delta=st.sampled_from([0.0, 0.3]),
)
def test_stops_where_keras_stops(losses: list[float], patience: int, min_delta: float) -> None:
    stopper = Stopper(EarlyStopping(patience=patience, min_delta=min_delta))
    model, callback = Weights(), KerasEarlyStopping(
        patience=patience, min_delta=min_delta, restore_best_weights=True
    )  # fmt: skip
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        model.epoch = epoch
        callback.on_epoch_end(epoch, {"val_loss": loss})
        assert stopper.observe(epoch + 1, {"val_loss": loss}, model.get_weights) == model.stop_training
        assert stopper.best_weights == callback.best_weights
        if model.stop_training:
            break


@pytest.mark.parametrize(("monitor", "better"), [("val_loss", 0.1), ("val_accuracy", 0.9)])
def test_direction(monitor: Any, better: float) -> None:
    stopper = Stopper(EarlyStopping(monitor=monitor, patience=1))
    stopper.observe(1, {monitor: 0.5}, list)
    assert not stopper.observe(2, {monitor: better}, list)
    assert stopper.observe(3, {monitor: 0.5}, list)


def test_nan_is_never_an_improvement() -> None:
    stopper = Stopper(EarlyStopping(patience=2))
    assert not stopper.observe(1, {"val_loss": float("nan")}, list)
    assert not stopper.observe(2, {"val_loss": 1.0}, list)
    assert stopper.best == 1.0
