"""Which layers to train, and where batch normalization sits among them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from bn_models.spec.fields import Decay, Flag, Part, Units

Activation = Literal[
    "relu", "sigmoid", "tanh", "elu", "selu", "gelu", "silu", "leaky_relu", "softplus", "linear"
]  # fmt: skip
KernelInitializer = Literal[
    "he_uniform", "he_normal", "glorot_uniform", "glorot_normal", "lecun_uniform", "lecun_normal",
    "random_uniform", "random_normal", "truncated_normal", "orthogonal",
]  # fmt: skip
Placement = Literal["none", "before_activation", "after_activation"]


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
