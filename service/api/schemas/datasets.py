"""Datasets as they go out over HTTP."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from bn_models.spec.dataset import DatasetSpec, Task
from service.api.schemas.common import Page, time_out
from service.non_finite import Number
from service.store.datasets import DatasetUse, DatasetView
from service.store.upload_options import FileOptions

SPEC: TypeAdapter[DatasetSpec] = TypeAdapter(DatasetSpec)


class DatasetSummary(BaseModel):
    name: str
    built_in: bool
    task: Task
    row_shape: list[int]
    labels: list[int | str] = Field(
        description="classes in the order of a model's outputs; of two, one output: the second's probability"
    )
    rows: int
    train_rows: int
    test_rows: int
    created_at: datetime | None = None
    largest_class_share: float | None = Field(
        None, description="of all rows: the accuracy of always saying the largest class; null for a regression"
    )
    warnings: list[str] = Field([], description="what to look at before anything is trained on it")


class ColumnOut(BaseModel):
    name: str
    dtype: str


class DatasetOut(DatasetSummary):
    jobs: list[str] = Field(description="the newest 100 of the jobs that use it")
    job_count: int
    sha256: str | None = Field(None, description="of the data as it is trained on")
    options: FileOptions | None = Field(None, description="as they were given with the upload")
    columns: list[ColumnOut] = []
    target: ColumnOut | None = None
    class_counts: list[int] = []
    dropped_rows: int = Field(0, description="left out because they miss a value")
    preview_columns: list[str] = Field([], description="names of the preview's cells, the target's among them")
    preview: list[list[Number | str | int | bool | None]] = Field([], description="the first rows, as they were sent")


class DatasetPage(Page[DatasetSummary]):
    pass


def summary(dataset: DatasetView) -> DatasetSummary:
    return DatasetSummary(**_summary(dataset))


def detail(dataset: DatasetView, use: DatasetUse) -> DatasetOut:
    found = dataset.found
    return DatasetOut(
        **_summary(dataset),
        jobs=list(use.jobs),
        job_count=use.job_count,
        sha256=use.sha256,
        options=dataset.options,
        columns=[ColumnOut(**column) for column in found["columns"]],
        target=ColumnOut(**found["target"]),
        class_counts=found["class_counts"],
        dropped_rows=found.get("dropped_rows", 0),
        preview_columns=found.get("preview_columns", []),
        preview=found["preview"],
    )


def built_in(name: str) -> DatasetSummary:
    """A dataset that comes with the service, as the defaults of its spec make it."""
    spec = SPEC.validate_python({"name": name})
    return DatasetSummary(
        name=name, built_in=True, task="classification", row_shape=list(spec.row_shape),
        labels=list(range(spec.classes)), rows=spec.train_rows + spec.test_rows, train_rows=spec.train_rows,
        test_rows=spec.test_rows,
    )  # fmt: skip


def _summary(dataset: DatasetView) -> dict[str, Any]:
    names = ("task", "row_shape", "labels", "rows", "train_rows", "test_rows")
    counts = dataset.found["class_counts"]
    return {
        "name": dataset.name,
        "built_in": False,
        "created_at": time_out(dataset.created_at),
        "largest_class_share": max(counts) / sum(counts) if counts else None,
        "warnings": dataset.found.get("warnings", []),
        **{name: dataset.found[name] for name in names},
    }
