"""What to train: :class:`TrainingSpec` and its parts. Pydantic only, so that the API process stays small.

Every number is bounded and every unknown field is an error: a spec that was accepted can be built.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bn_models.spec.dataset import BuiltInName, DatasetSpec, Uploaded, UploadName
from bn_models.spec.fields import Flag, Part, Positive, Seed, named
from bn_models.spec.metrics import METRICS
from bn_models.spec.network import Activation, BatchNorm, KernelInitializer, Mlp, NetworkSpec, Placement
from bn_models.spec.optimization import (  # fmt: skip
    Constant,
    EarlyStopping,
    OptimizerName,
    OptimizerSpec,
    ScheduleName,
    ScheduleSpec,
    Sgd,
)


class SpecFields(Part):
    """The fields of a spec, as requests have them among others of their own. What is trained is a TrainingSpec."""

    dataset: Annotated[DatasetSpec, named("name", DatasetSpec, BuiltInName | UploadName)]
    network: Annotated[NetworkSpec, named("kind", NetworkSpec, Literal["mlp", "cnn", "rnn"])] = Mlp(kind="mlp")
    activation: Activation = "relu"
    output: Literal["sigmoid", "softmax"] | None = Field(
        None, description="output of a two-class network: one sigmoid unit (default) or two softmax units"
    )
    kernel_initializer: KernelInitializer = "he_uniform"
    batch_norm: Annotated[BatchNorm, named("placement", BatchNorm, Placement)] = BatchNorm()
    dropout: Annotated[float, Field(strict=True, ge=0.0, lt=1.0)] = 0.0
    optimizer: Annotated[OptimizerSpec, named("name", OptimizerSpec, OptimizerName)] = Sgd(name="sgd")
    learning_rate: Positive = 0.01
    learning_rate_schedule: Annotated[ScheduleSpec, named("name", ScheduleSpec, ScheduleName)] = Constant(
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
    evaluate_training: Literal["end", "epochs", "never"] = Field(
        "end", description="when the training rows are evaluated in inference mode; does not change the result"
    )
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
        if self.early_stopping and METRICS[self.early_stopping.monitor].task == "classification":
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


class TrainingSpec(SpecFields):
    """Everything that determines a run. Two runs with equal specs end with equal bits on one machine."""

    @staticmethod
    def of(fields: SpecFields) -> "TrainingSpec":
        """The spec in a request, without what else the request says."""
        return TrainingSpec.model_construct(**{name: getattr(fields, name) for name in SpecFields.model_fields})
