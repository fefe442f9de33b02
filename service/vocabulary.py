"""The words that requests, answers, commands and pages share: statuses, placements, formats, names."""

from typing import Literal, get_args

DEFAULT_SERVER = "http://127.0.0.1:8000"
"""Where ``bnlab serve`` listens and clients look for it when nobody says anything else."""

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ACTIVE: tuple[JobStatus, ...] = ("queued", "running")
TERMINAL: tuple[JobStatus, ...] = ("succeeded", "failed", "cancelled")
StudyStatus = Literal["running", "finished", "cancelled"]

Placement = Literal["none", "before_activation", "after_activation"]
"""Where batch normalization sits, for those who speak HTTP only; the models have their own, which is the same."""
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)

ModelFormat = Literal["onnx", "keras"]
ReportFormat = Literal["html", "md", "png", "csv"]
DatasetFormat = Literal["csv", "parquet", "npz"]
MEDIA_TYPES: dict[DatasetFormat, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "npz": "application/x-npz",
}
"""How an uploaded file declares its format."""

TENSOR_DATATYPES = {"FP32": "<f4", "FP64": "<f8"}
"""The Open Inference Protocol's names of what models take and answer, and numpy's, as binary tensors hold it."""

DATASET_NAME = r"[a-z0-9_-]{1,64}"
"""What the name of an uploaded dataset looks like, as a regular expression."""
