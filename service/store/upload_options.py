"""How an uploaded file is to be read: one model for the parameters of a request and for what is stored."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bn_models.ingest.table import Missing
from bn_models.spec.dataset import Task
from service.vocabulary import DatasetFormat


class UploadOptions(BaseModel):
    """The reader's own options, :class:`bn_models.ingest.accept.Options`, are the same without the bounds."""

    model_config = ConfigDict(frozen=True)

    target: Annotated[str | None, Field(max_length=1000, description="column to predict; npz files have y")] = None
    task: Task = "classification"
    test_fraction: Annotated[float, Field(ge=0.01, le=0.9, description="unless an npz file has x_test")] = 0.2
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="of the split")] = 0
    standardize: Annotated[bool, Field(description="columns to mean 0 and variance 1, inside the model")] = True
    columns: Annotated[list[str] | None, Field(description="to predict from, once each; left out: all others")] = None
    missing: Annotated[Missing, Field(description="what to do with rows that miss a value")] = "refuse"


class FileOptions(UploadOptions):
    """The options of a file whose format is known."""

    format: DatasetFormat
