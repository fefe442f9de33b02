"""Every option of the service in one table: name, default, meaning.

Each is read from ``BNLAB_<NAME>``; command-line flags win over the environment. Settings are read once, in the command
line, and handed on as arguments.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.logs import LogFormat


def _cache(name: str) -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "bnlab" / name


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="BNLAB_", frozen=True, env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="address the API listens on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(8000, description="port the API listens on")
    database: str = Field("sqlite:///bnlab.db", description="SQLAlchemy URL of the database")
    data_dir: Path | None = Field(None, description="folder with mnist.npz, fashion_mnist.npz, cifar10.npz")
    slots: Annotated[int, Field(ge=1, le=256)] = Field(
        default_factory=lambda: os.cpu_count() or 1, description="trainers, each one process; default: one a core"
    )
    api_workers: Annotated[int, Field(ge=1, le=256)] = Field(1, description="API processes on one port")
    threads: Annotated[int, Field(ge=1, le=256)] = Field(1, description="threads of one trainer")
    xla: Literal["auto", "on", "off"] = Field(
        "auto", description="compile training with XLA: auto means networks without convolutions and dropout"
    )
    xla_cache_dir: Path = Field(
        default_factory=lambda: _cache("xla"),
        description="folder that keeps what XLA compiled; may be emptied at any time",
    )
    dataset_cache_dir: Path = Field(
        default_factory=lambda: _cache("datasets"),
        description="folder that keeps uploaded datasets as files for trainers; may be emptied at any time",
    )
    max_attempts: Annotated[int, Field(ge=1)] = Field(3, description="attempts before a crashing job fails")
    lease_seconds: Annotated[float, Field(ge=1)] = Field(
        15.0, description="a worker silent this long loses its jobs to another attempt"
    )
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = Field(0.05, description="how often the worker looks for jobs")
    grace_seconds: Annotated[float, Field(ge=0)] = Field(
        5.0, description="time trainers get to write a checkpoint when the worker stops"
    )
    checkpoint_seconds: Annotated[float, Field(gt=0)] = Field(
        10.0, description="least time between two checkpoints of a run"
    )
    max_parameters: Annotated[int, Field(ge=1)] = Field(20_000_000, description="largest model accepted, in parameters")
    max_study_jobs: Annotated[int, Field(ge=1)] = Field(10_000, description="most jobs of one study")
    max_spec_bytes: Annotated[int, Field(ge=1)] = Field(1_000_000, description="largest body of a spec")
    max_comparison_bytes: Annotated[int, Field(ge=1)] = Field(
        16_000_000, description="largest table of runs that were trained elsewhere"
    )
    max_dataset_bytes: Annotated[int, Field(ge=1)] = Field(
        256_000_000, description="largest uploaded dataset, as a file and as 32-bit numbers"
    )
    max_predict_bytes: Annotated[int, Field(ge=1)] = Field(
        64_000_000, description="largest body of a prediction request"
    )
    model_cache_bytes: Annotated[int, Field(ge=0)] = Field(
        256_000_000, description="memory of models kept ready for predictions"
    )
    mlflow_tracking_uri: str | None = Field(
        None, description="MLflow server that finished jobs are logged to; needs bnlab[mlflow]"
    )
    log_format: LogFormat = Field("text", description="text, or one JSON object a line with request and job ids")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severe message logged")
