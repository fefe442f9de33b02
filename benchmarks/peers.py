"""What people would write instead: plain Keras and PyTorch for the same three experiments."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import keras
import numpy as np

from bn_models.datasets.arrays import Data

BATCH = 32


def circles(data: Data, epochs: int) -> float:
    """Seconds of ``fit`` on the circles network with batch normalization after the activation."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Dense(50, activation="relu", kernel_initializer="he_uniform"),
            layers.BatchNormalization(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "binary_crossentropy", metrics=["accuracy"])
    begin = perf_counter()
    model.fit(
        data.train.x, data.train.y, batch_size=BATCH, epochs=epochs,
        validation_data=(data.validation.x, data.validation.y), verbose=0,
    )  # fmt: skip
    return perf_counter() - begin


def lstm() -> Any:
    model = keras.Sequential(
        [keras.layers.LSTM(32), keras.layers.BatchNormalization(), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def mnist_cnn() -> Any:
    """Convolutions of 32, 64, 64 and a dense layer of 64, sigmoid, batch normalization before every activation."""
    layers = keras.layers
    stack: list[Any] = [layers.Reshape((28, 28, 1))]
    for filters, pool in ((32, True), (64, True), (64, False)):
        stack += [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization(), layers.Activation("sigmoid")]
        stack += [layers.MaxPooling2D()] if pool else []
    stack += [layers.Flatten(), layers.Dense(64, use_bias=False), layers.BatchNormalization()]
    stack += [layers.Activation("sigmoid"), layers.Dense(10, use_bias=False), layers.BatchNormalization()]
    model = keras.Sequential([*stack, layers.Activation("softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def fit_on_arrays(model: Any, data: Data, steps: int) -> float:
    """Milliseconds a step."""
    rows = steps * BATCH
    begin = perf_counter()
    model.fit(data.train.x[:rows], data.train.y[:rows], batch_size=BATCH, shuffle=False, verbose=0)
    return (perf_counter() - begin) / steps * 1000


def fit_from_generator(model: Any, data: Data, steps: int) -> float:
    """Milliseconds a step of the published script, which feeds ``fit`` from a Python generator."""

    def batches() -> Iterator[tuple[Any, Any]]:
        while True:
            for first in range(0, len(data.train.x), BATCH):
                yield data.train.x[first : first + BATCH], data.train.y[first : first + BATCH]

    begin = perf_counter()
    model.fit(batches(), steps_per_epoch=steps, verbose=0)
    return (perf_counter() - begin) / steps * 1000


class TorchCnn:
    """The same network, eager, channels last. Raises ImportError without PyTorch."""

    def __init__(self, threads: int) -> None:
        import torch  # a peer, never a dependency
        from torch import nn

        torch.set_num_threads(threads)
        self._torch = torch
        stack: list[Any] = []
        for before, filters, pool in ((1, 32, True), (32, 64, True), (64, 64, False)):
            stack += [nn.Conv2d(before, filters, 3, bias=False), nn.BatchNorm2d(filters, 1e-3, 0.01), nn.Sigmoid()]
            stack += [nn.MaxPool2d(2)] if pool else []
        stack += [nn.Flatten(), nn.Linear(576, 64, bias=False), nn.BatchNorm1d(64, 1e-3, 0.01), nn.Sigmoid()]
        stack += [nn.Linear(64, 10, bias=False), nn.BatchNorm1d(10, 1e-3, 0.01)]
        self._model = nn.Sequential(*stack).to(memory_format=torch.channels_last)
        self._optimizer = torch.optim.Adam(self._model.parameters(), 0.01)
        self._loss = nn.CrossEntropyLoss()

    def train(self, data: Data, steps: int) -> float:
        """Milliseconds a step, with loss and accuracy kept as the others do."""
        torch, model = self._torch, self._model
        x = torch.from_numpy(np.array(data.train.x[: steps * BATCH]))[:, None]
        x = x.contiguous(memory_format=torch.channels_last)
        y = torch.from_numpy(np.array(data.train.y[: steps * BATCH], np.int64))
        loss_sum, right = 0.0, 0
        begin = perf_counter()
        for first in range(0, steps * BATCH, BATCH):
            output = model(x[first : first + BATCH])
            loss = self._loss(output, y[first : first + BATCH])
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            loss_sum += loss.item()
            right += int((output.argmax(1) == y[first : first + BATCH]).sum())
        return (perf_counter() - begin) / steps * 1000
