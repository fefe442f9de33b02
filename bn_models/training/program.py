"""Compiled training of one architecture, reused over seeds, learning rates, schedules, momenta, numbers of epochs."""

from typing import Any

import numpy as np

from bn_models.compiled.calls import Calls
from bn_models.compiled.choice import epochs_for, evaluation_for
from bn_models.compiled.epochs import Resident
from bn_models.compiled.evaluation import Evaluation
from bn_models.compiled.steps import optimizer_of, steps_of
from bn_models.diagnostics.observer import Observer
from bn_models.network import initialization
from bn_models.network.batch_normalization import FusedBatchNormalization
from bn_models.network.build import build
from bn_models.network.variable_momenta import Momenta
from bn_models.plan.architecture import plan
from bn_models.spec import TrainingSpec

Array = np.ndarray[Any, Any]


class Program:
    """A Keras model, its optimizer and the compiled epochs that train them.

    One run at a time: the cache sets the momenta, ``reset`` or ``restore`` begins the run and overwrites the variables.
    """

    def __init__(self, spec: TrainingSpec, data: Resident, calls: Calls) -> None:
        self.model = build(spec, FusedBatchNormalization)
        self.optimizer = optimizer_of(spec)
        self.optimizer.build(self.model.trainable_variables)
        self.momenta = Momenta(self.model, self.optimizer, spec)
        self._steps, self._calls = steps_of(spec, self.model, self.optimizer), calls
        self.xla = calls.xla
        self.epochs = epochs_for(spec, self._steps, data, calls)
        self.observer: Observer | None = None
        """There once a run with diagnostics has asked for it; the epochs are the same with and without."""
        self.evaluation: Evaluation | None = None
        """There once a run has rows to look at besides its epochs: the training rows, or test rows apart."""

    @property
    def variables(self) -> list[Any]:
        """Everything that training changes: the model's, random number generators included, and the optimizer's."""
        return [*self.model.variables, *self.optimizer.variables]

    def prepare(self, spec: TrainingSpec, data: Resident) -> bool:
        """Makes ready for a run of ``spec``; gives whether something had to be compiled."""
        self.momenta.set(spec)
        observes = spec.diagnostics and self.observer is None
        if observes:
            self.observer = Observer(plan(spec), self._steps, spec.batch_size, data, self._calls)
        looks = spec.evaluate_training != "never" or spec.dataset.validation_rows > 0
        evaluates = looks and self.evaluation is None
        if evaluates:
            self.evaluation = evaluation_for(spec, self._steps, self._calls)
        return observes or evaluates

    def values(self) -> list[Array]:
        return [variable.numpy() for variable in self.variables]

    def restore(self, values: list[Array]) -> None:
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)

    def reset(self, spec: TrainingSpec) -> None:
        """Goes to the start of ``spec``'s run: initial weights, empty optimizer."""
        initialization.initialize(self.model, spec)
        for variable in self.optimizer.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))
