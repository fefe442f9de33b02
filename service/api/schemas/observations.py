"""Metrics and diagnostics as they go out over HTTP, in columns."""

from pydantic import BaseModel, Field

from service.non_finite import Number

Column = list[Number | None]


class MetricColumns(BaseModel):
    """One list a metric, one entry an epoch; ``seconds`` is the wall time of the epoch.

    Of a regression the accuracies are null, and there are mean absolute errors. With ``evaluate_training`` "epochs"
    there are the ``train_*``, of the training rows in inference mode.
    """

    epoch: list[int]
    loss: Column
    accuracy: Column
    val_loss: Column
    val_accuracy: Column
    seconds: Column
    learning_rate: Column
    mae: Column = []
    val_mae: Column = []
    train_loss: Column = []
    train_accuracy: Column = []
    train_mae: Column = []


class LayerDiagnostics(BaseModel):
    """A batch normalization or a hidden layer; it has the columns that mean something for it."""

    name: str
    kind: str
    mean_gap: Column = Field([], description="mean of |batch mean - moving mean| in moving standard deviations")
    variance_gap: Column = Field([], description="mean of |ln(batch variance / moving variance)|")
    gamma_min: Column = []
    gamma_max: Column = []
    beta_min: Column = []
    beta_max: Column = []
    input_p15: Column = Field([], description="15th percentile of what the activation function is applied to")
    input_p50: Column = []
    input_p85: Column = []
    activation_p15: Column = []
    activation_p50: Column = []
    activation_p85: Column = []
    saturated_share: Column = Field([], description="of sigmoid and tanh: activations within 1 % of either end")
    dead_share: Column = Field([], description="of relu and the like: units that no probe row activates")
    gradient_norm: Column = Field([], description="of the loss by the layer's kernel")


class DiagnosticColumns(BaseModel):
    """One list a quantity, one entry an epoch that was looked at.

    Layers are passed a fixed probe batch of at most 256 validation rows. The two modes are accuracies (of a regression
    mean absolute errors) on the same validation rows, normalized by their own batches or by the moving statistics.
    """

    epoch: list[int]
    training_mode_accuracy: Column = []
    inference_mode_accuracy: Column = []
    training_mode_mae: Column = []
    inference_mode_mae: Column = []
    layers: list[LayerDiagnostics]
