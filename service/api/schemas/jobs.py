"""Jobs as they come in and go out over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from bn_models.spec.fields import Int, Positive
from bn_models.spec.training import SpecFields
from service.api.schemas.common import Page, TagKey, Text, time_out
from service.non_finite import Number
from service.store.job_queries import JobView
from service.vocabulary import JobStatus

EXAMPLE: JsonDict = {
    "name": "circles, BN after the activation",
    "tags": {"experiment": "circles"},
    "dataset": {"name": "circles", "n_samples": 1000, "noise": 0.1, "seed": 1, "test_fraction": 0.5},
    "network": {"kind": "mlp", "hidden_units": [50]},
    "activation": "relu",
    "batch_norm": {"placement": "after_activation"},
    "optimizer": {"name": "sgd", "momentum": 0.9},
    "learning_rate": 0.01,
    "epochs": 100,
}


class JobIn(SpecFields):
    """A training spec, and what concerns the job and not the training."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: Text | None = None
    tags: Annotated[dict[TagKey, Text], Field(max_length=50)] = Field(default_factory=dict)
    priority: Annotated[Int, Field(ge=-1_000_000, le=1_000_000)] = Field(0, description="higher runs sooner")
    max_seconds: Positive | None = Field(None, description="an attempt that runs longer is ended")


class Progress(BaseModel):
    epoch: int
    epochs: int


class FinalMetrics(BaseModel):
    """Of the model that is served. A regression has mean absolute errors, in the target's own unit, no accuracies.

    ``loss`` and ``accuracy`` are running means in training mode; ``train_*``, ``val_*`` and ``test_*`` are the model's
    own in inference mode. Without ``validation_fraction`` the ``val_*`` are of the test rows, and there is no
    ``test_*``.
    """

    epoch: int | None = Field(None, description="the epoch that its weights are of; null: trained before this was said")
    loss: Number
    accuracy: Number | None = None
    val_loss: Number
    val_accuracy: Number | None = None
    mae: Number | None = None
    val_mae: Number | None = None
    train_loss: Number | None = None
    train_accuracy: Number | None = None
    train_mae: Number | None = None
    test_loss: Number | None = None
    test_accuracy: Number | None = None
    test_mae: Number | None = None


class BestEpoch(BaseModel):
    epoch: int
    val_loss: Number
    val_accuracy: Number | None = None
    val_mae: Number | None = None


class ModelCertificate(BaseModel):
    """What was checked when the model was stored; the difference is the largest against Keras on held-out rows."""

    sha256: str
    onnx_bytes: int
    folded_layers: int = Field(description="batch normalizations merged into a neighbouring layer")
    kept_layers: int | None = Field(
        None, description="batch normalizations that stayed layers; null: trained before this was counted"
    )
    max_abs_difference: Number


class Result(BaseModel):
    epochs_run: int
    diverged_at_epoch: int | None
    stopped_early: bool
    final: FinalMetrics
    best: BestEpoch | None
    train_seconds: float
    compile_seconds: float
    resumed_from: list[int]
    resume_exact: bool | None = Field(
        None, description="whether versions, threads and compiler were the same after resuming; null: never resumed"
    )
    parameters: int
    largest_class_share: float | None = Field(
        None,
        description="of the rows of test_accuracy, without it of val_accuracy: the accuracy of answering the commonest "
        "class alone; null: a regression, or trained before this was counted",
    )
    model: ModelCertificate


class JobError(BaseModel):
    type: str
    message: str


class JobOut(BaseModel):
    id: str
    name: str | None
    tags: dict[str, str]
    study_id: str | None
    status: JobStatus
    spec: dict[str, Any]
    priority: int
    max_seconds: float | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempt: int
    progress: Progress
    result: Result | None
    error: JobError | None


class JobPage(Page[JobOut]):
    pass


def job_out(job: JobView) -> JobOut:
    return JobOut.model_validate(
        {
            "id": job.id,
            "name": job.name,
            "tags": job.tags,
            "study_id": job.study_id,
            "status": job.status,
            "spec": job.spec,
            "priority": job.priority,
            "max_seconds": job.max_seconds,
            "created_at": time_out(job.created_at),
            "started_at": time_out(job.started_at),
            "finished_at": time_out(job.finished_at),
            "attempt": job.attempt,
            "progress": {"epoch": job.epoch, "epochs": job.epochs},
            "result": job.result,
            "error": job.error,
        }
    )
