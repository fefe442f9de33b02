"""How the weights are moved: optimizers, learning rate schedules, early stopping."""

from typing import Annotated, Literal

from pydantic import Field

from bn_models.spec.fields import Decay, Flag, Part, Positive

Monitor = Literal["val_loss", "val_accuracy", "loss", "accuracy"]


class Sgd(Part):
    name: Literal["sgd"]
    momentum: Decay = 0.9
    nesterov: Flag = False


class Adam(Part):
    name: Literal["adam"]
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Positive = 1e-7


class AdamW(Part):
    name: Literal["adamw"]
    weight_decay: Annotated[float, Field(strict=True, ge=0.0, le=1e3)] = 0.004
    beta_1: Decay = 0.9
    beta_2: Decay = 0.999
    epsilon: Positive = 1e-7


class RmsProp(Part):
    name: Literal["rmsprop"]
    rho: Decay = 0.9
    momentum: Decay = 0.0
    epsilon: Positive = 1e-7
    centered: Flag = False


OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop"]
OptimizerSpec = Annotated[Sgd | Adam | AdamW | RmsProp, Field(discriminator="name")]


class Constant(Part):
    name: Literal["constant"]


class Cosine(Part):
    """Falls from the learning rate to ``alpha`` times it over ``decay_steps`` (left out: the whole run)."""

    name: Literal["cosine"]
    alpha: Annotated[float, Field(strict=True, ge=0.0, le=1.0)] = 0.0
    decay_steps: Annotated[int, Field(strict=True, ge=1, le=10**9)] | None = None


class Exponential(Part):
    """``learning_rate * decay_rate ** (step / decay_steps)``."""

    name: Literal["exponential"]
    decay_rate: Positive = 0.96
    decay_steps: Annotated[int, Field(strict=True, ge=1, le=10**9)] = 1000
    staircase: Flag = False


class InverseTime(Part):
    """``learning_rate / (1 + decay_rate * step / decay_steps)``: the ``decay`` of older Keras optimizers."""

    name: Literal["inverse_time"]
    decay_rate: Positive = 1e-6
    decay_steps: Annotated[int, Field(strict=True, ge=1, le=10**9)] = 1
    staircase: Flag = False


ScheduleName = Literal["constant", "cosine", "exponential", "inverse_time"]
ScheduleSpec = Annotated[Constant | Cosine | Exponential | InverseTime, Field(discriminator="name")]


class EarlyStopping(Part):
    """Stops when ``monitor`` has not improved by more than ``min_delta`` for ``patience`` epochs."""

    monitor: Monitor = "val_loss"
    patience: Annotated[int, Field(strict=True, ge=0, le=100_000)] = 5
    min_delta: Annotated[float, Field(strict=True, ge=0.0, le=1e6)] = 0.0
    restore_best: Flag = True
