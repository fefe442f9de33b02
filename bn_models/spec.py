"""What to train: :class:`TrainingSpec` and its parts. Pydantic only, so that the API process stays small.

Every number is bounded and every unknown field is an error: a spec that was accepted can be built.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

Int = Annotated[int, Field(strict=True)]
Real = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
Seed = Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)]
Units = Annotated[int, Field(strict=True, ge=1, le=65_536)]
Fraction = Annotated[float, Field(strict=True, ge=0.01, le=0.99)]
Decay = Annotated[float, Field(strict=True, ge=0.0, lt=1.0)]
Positive = Annotated[float, Field(strict=True, gt=0.0, le=1e6, allow_inf_nan=False)]

Activation = Literal[
    "relu", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "leaky_relu", "softplus", "linear"
]  # fmt: skip
KernelInitializer = Literal[
    "he_uniform", "he_normal", "glorot_uniform", "glorot_normal", "lecun_uniform", "lecun_normal",
    "random_uniform", "random_normal", "truncated_normal", "orthogonal",
]  # fmt: skip
Placement = Literal["none", "before_activation", "after_activation"]
Task = Literal["classification", "regression"]
Monitor = Literal["val_loss", "val_accuracy", "loss", "accuracy"]


class Part(BaseModel):
    """A frozen piece of a spec; unknown fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _named(field: str, full_form: Any, names: Any) -> Any:
    """Accepts ``"x"`` as a shorthand for ``{field: "x"}``."""
    return BeforeValidator(
        lambda value: {field: value} if isinstance(value, str) else value, json_schema_input_type=full_form | names
    )


# --- datasets: the shapes are here because a spec is checked against them before anything is loaded ---


class Synthetic(Part):
    """Two classes of points in the plane: the first ``1 - test_fraction`` train, the rest validate."""

    name: Literal["circles", "moons"]
    n_samples: Annotated[int, Field(strict=True, ge=10, le=1_000_000)] = 1000
    noise: Annotated[float, Field(strict=True, ge=0.0, le=10.0)] = 0.1
    seed: Seed = 1
    test_fraction: Fraction = 0.5

    @model_validator(mode="after")
    def _rows_to_train_on(self) -> Self:
        if self.train_rows < 1:
            raise ValueError(f"test_fraction {self.test_fraction:g} of {self.n_samples} rows leaves none to train on")
        return self

    @property
    def row_shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def classes(self) -> int:
        return 2

    @property
    def task(self) -> Task:
        return "classification"

    @property
    def train_rows(self) -> int:
        return self.n_samples - max(1, round(self.n_samples * self.test_fraction))


class Digits(Part):
    """scikit-learn's 1,797 handwritten digits of 8x8 pixels, values 0 to 16, split stratified by class."""

    name: Literal["digits"]
    seed: Seed = 0
    test_fraction: Annotated[float, Field(strict=True, ge=0.01, le=0.9)] = 0.2

    @property
    def row_shape(self) -> tuple[int, ...]:
        return (8, 8)

    @property
    def classes(self) -> int:
        return 10

    @property
    def task(self) -> Task:
        return "classification"

    @property
    def train_rows(self) -> int:
        return 1797 - max(10, round(1797 * self.test_fraction))


class Images(Part):
    """An image dataset in Keras's layout: its own training and test rows, values 0 to 255."""

    name: Literal["mnist", "fashion_mnist", "cifar10"]

    @property
    def row_shape(self) -> tuple[int, ...]:
        return (32, 32, 3) if self.name == "cifar10" else (28, 28)

    @property
    def classes(self) -> int:
        return 10

    @property
    def task(self) -> Task:
        return "classification"

    @property
    def train_rows(self) -> int:
        return 50_000 if self.name == "cifar10" else 60_000


BuiltInName = Literal["circles", "moons", "digits", "mnist", "fashion_mnist", "cifar10"]
BUILT_IN: dict[str, str] = {
    "circles": "synthetic", "moons": "synthetic", "digits": "digits",
    "mnist": "images", "fashion_mnist": "images", "cifar10": "images",
}  # fmt: skip
UploadName = Annotated[
    str, Field(pattern=r"^[a-z0-9_-]{1,64}$", json_schema_extra={"not": {"enum": list[Any](BUILT_IN)}})
]
Label = Int | Annotated[str, Field(strict=True, max_length=200)]


class Uploaded(Part):
    """A dataset of the user's own. Clients send its name; the service adds what was found when it was uploaded."""

    name: UploadName
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(None, description="of the stored data")
    task: Task = "classification"
    row_shape: Annotated[tuple[Annotated[int, Field(strict=True, ge=1)], ...], Field(max_length=3)] = ()
    labels: Annotated[tuple[Label, ...], Field(max_length=1000)] = Field(
        (), description="the classes in the order of the model's outputs; none for regression"
    )
    train_rows: Annotated[int, Field(strict=True, ge=0)] = 0
    test_rows: Annotated[int, Field(strict=True, ge=0)] = 0

    @property
    def known(self) -> bool:
        """Whether what was found at the upload is there: without it no network can be planned."""
        return self.sha256 is not None

    @property
    def classes(self) -> int:
        return len(self.labels)

    @model_validator(mode="after")
    def _known_as_a_whole(self) -> Self:
        found = [bool(self.row_shape), self.train_rows > 0, self.test_rows > 0]
        classes = self.classes >= 2 if self.task == "classification" else self.classes == 0
        if self.known and not (all(found) and classes):
            raise ValueError("send the dataset's name alone: the rest is added from what was uploaded")
        return self


def _kind(dataset: Any) -> str | None:
    """Which of the dataset specs a value is meant to be."""
    if not isinstance(dataset, dict | Part):
        return None
    name = dataset.get("name") if isinstance(dataset, dict) else getattr(dataset, "name", None)
    return BUILT_IN.get(name, "uploaded") if isinstance(name, str) else "uploaded"


DatasetSpec = Annotated[
    Annotated[Synthetic, Tag("synthetic")]
    | Annotated[Digits, Tag("digits")]
    | Annotated[Images, Tag("images")]
    | Annotated[Uploaded, Tag("uploaded")],
    Discriminator(_kind),
]


# --- networks ---


class Mlp(Part):
    """Dense layers on the flattened row."""

    kind: Literal["mlp"]
    hidden_units: Annotated[tuple[Units, ...], Field(max_length=32)] = (50,)


class Cnn(Part):
    """Convolutions, each optionally followed by 2x2 max pooling, then dense layers."""

    kind: Literal["cnn"]
    conv_filters: Annotated[tuple[Units, ...], Field(min_length=1, max_length=32)] = (32, 64, 64)
    kernel_size: Annotated[int, Field(strict=True, ge=1, le=31)] = 3
    padding: Literal["valid", "same"] = "valid"
    pool_after: tuple[Flag, ...] | None = Field(
        None, max_length=32, description="one flag a convolution; left out: after every one but the last"
    )
    dense_units: Annotated[tuple[Units, ...], Field(max_length=32)] = (64,)

    @model_validator(mode="before")
    @classmethod
    def _pool_all_but_last(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("pool_after") is None:
            filters = value.get("conv_filters", cls.model_fields["conv_filters"].default)
            if isinstance(filters, list | tuple) and filters:
                value = {**value, "pool_after": [True] * (len(filters) - 1) + [False]}
        return value

    @model_validator(mode="after")
    def _one_flag_a_convolution(self) -> Self:
        if self.pool_after is not None and len(self.pool_after) != len(self.conv_filters):
            raise ValueError(
                f"pool_after has {len(self.pool_after)} flags for {len(self.conv_filters)} conv_filters: give one each"
            )
        return self


class Rnn(Part):
    """Recurrent layers over the rows of an image (or the columns of a table), then dense layers."""

    kind: Literal["rnn"]
    cell: Literal["lstm", "gru", "simple_rnn"] = "lstm"
    units: Annotated[tuple[Units, ...], Field(min_length=1, max_length=8)] = (32,)
    dense_units: Annotated[tuple[Units, ...], Field(max_length=32)] = ()


NetworkSpec = Annotated[Mlp | Cnn | Rnn, Field(discriminator="kind")]


class BatchNorm(Part):
    """Where batch normalization sits and its arguments, named as Keras names them."""

    placement: Placement = "after_activation"
    momentum: Decay = Field(0.99, description="weight of the OLD moving statistic (PyTorch's is the other way round)")
    epsilon: Annotated[float, Field(strict=True, gt=0.0, le=1.0)] = 0.001
    center: Flag = True
    scale: Flag = True
    on_input: Flag = False
    on_output: Flag = False


# --- optimization ---


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


class TrainingSpec(Part):
    """Everything that determines a run. Two runs with equal specs end with equal bits on one machine."""

    dataset: Annotated[DatasetSpec, _named("name", DatasetSpec, BuiltInName | UploadName)]
    network: Annotated[NetworkSpec, _named("kind", NetworkSpec, Literal["mlp", "cnn", "rnn"])] = Mlp(kind="mlp")
    activation: Activation = "relu"
    output: Literal["sigmoid", "softmax"] | None = Field(
        None, description="output of a two-class network: one sigmoid unit (default) or two softmax units"
    )
    kernel_initializer: KernelInitializer = "he_uniform"
    batch_norm: Annotated[BatchNorm, _named("placement", BatchNorm, Placement)] = BatchNorm()
    dropout: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.0
    optimizer: Annotated[OptimizerSpec, _named("name", OptimizerSpec, OptimizerName)] = Sgd(name="sgd")
    learning_rate: Positive = 0.01
    learning_rate_schedule: Annotated[ScheduleSpec, _named("name", ScheduleSpec, ScheduleName)] = Constant(
        name="constant"
    )
    batch_size: Annotated[int, Field(strict=True, ge=1, le=65_536)] = 32
    epochs: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 100
    steps_per_epoch: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = Field(
        None, description="optimizer steps an epoch; left out: one pass over the training rows"
    )
    shuffle: Flag = True
    early_stopping: EarlyStopping | None = None
    seed: Seed = 0
    diagnostics: Flag = Field(False, description="record what happens inside; does not change the result")

    @property
    def regression(self) -> bool:
        return self.dataset.task == "regression"

    @model_validator(mode="after")
    def _regression_has_no_classes(self) -> Self:
        if not self.regression:
            return self
        if self.output is not None:
            raise ValueError(f"output must be left out: {self.dataset.name} is regression, whose output is linear")
        if self.batch_norm.on_output:
            raise ValueError(f"batch_norm.on_output needs classes; {self.dataset.name} is regression")
        if self.early_stopping and self.early_stopping.monitor.endswith("accuracy"):
            raise ValueError(f"early_stopping.monitor must be val_loss or loss: {self.dataset.name} is regression")
        return self

    @model_validator(mode="after")
    def _output_suits_the_classes(self) -> Self:
        if isinstance(self.dataset, Uploaded) and (self.regression or not self.dataset.known):
            return self
        if self.output == "sigmoid" and self.dataset.classes != 2:
            raise ValueError(
                f"output 'sigmoid' needs a dataset of two classes; {self.dataset.name} has {self.dataset.classes}"
            )
        return self
