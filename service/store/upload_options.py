"""How an uploaded file is to be read: one model for the parameters of a request and for what is stored."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bn_models.ingest.options import Missing
from bn_models.spec.dataset import Task
from service.vocabulary import DatasetFormat


class UploadOptions(BaseModel):
    """The reader's own options, :class:`bn_models.ingest.options.Options`, are the same without the bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Annotated[str | None, Field(max_length=1000, description="column to predict; npz files have y")] = None
    task: Task = "classification"
    test_fraction: Annotated[float, Field(ge=0.01, le=0.9, description="unless an npz file has x_test")] = 0.2
    seed: Annotated[int, Field(ge=0, le=2**32 - 1, description="of the split")] = 0
    standardize: Annotated[bool, Field(description="columns to mean 0 and variance 1, inside the model")] = True
    columns: Annotated[list[str] | None, Field(description="to predict from, once each; left out: all others")] = None
    missing: Annotated[Missing, Field(description="what to do with rows that miss a value")] = "refuse"
    missing_values: Annotated[
        list[str] | None,
        Field(description="what stands for a missing value; left out: nothing, NA, NaN, null, None, ?"),
    ] = None
    header: Annotated[
        bool | None, Field(description="false: the first line of a CSV is data, and the columns are named 0, 1, …")
    ] = None
    index: Annotated[Literal["drop", "keep"], Field(description="a pandas index in a Parquet file")] = "drop"
    encoding: Annotated[str | None, Field(max_length=40, description="of a CSV; left out: UTF-8")] = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1, description="between the cells of a CSV")] = ","
    decimal: Annotated[Literal[".", ","], Field(description="decimal mark of a CSV")] = "."


class FileOptions(UploadOptions):
    """The options of a file whose format is known."""

    format: DatasetFormat
