"""The requests of the public API, built once for the synchronous and the asynchronous client."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, TypedDict
from urllib.parse import quote

from service.client.file_body import Pieces
from service.client.responses import NotSent
from service.vocabulary import MEDIA_TYPES

JobJson = dict[str, Any]
"""A job as the API answers it."""
StudyJson = dict[str, Any]
"""A study as the API answers it."""


class Question(TypedDict, total=False):
    """What a comparison is asked besides the threshold; see docs/reference/http.md.

    ``metric``: a final one, as ``"val_loss"``. ``margin``: a difference of it that is none worth speaking of.
    ``ratio_margin``: above 1, the same for the ratio of times to the threshold. ``interaction``, ``tune``: paths of the
    grid, as ``"learning_rate"``: along which differences from the baseline may change; at whose best value each arm
    stands. ``confidence``: of intervals and tests.
    """

    metric: str | None
    margin: float | None
    ratio_margin: float | None
    interaction: str | None
    tune: str | None
    confidence: float | None


POLL_SECONDS = 0.5
"""Between two looks at a study, which has no events to follow."""
SUFFIXES = {f".{format}": media_type for format, media_type in MEDIA_TYPES.items()}


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)


def submit(spec: Mapping[str, Any]) -> Call:
    return Call("POST", "/v1/jobs", {"json": spec})


def job(job_id: str, wait: float) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}", {"params": {"wait": wait}})


def jobs(filters: Mapping[str, str | int]) -> Call:
    return Call("GET", "/v1/jobs", {"params": filters})


def cancel(job_id: str) -> Call:
    return Call("POST", f"/v1/jobs/{_part(job_id)}/cancel")


def retry(job_id: str) -> Call:
    return Call("POST", f"/v1/jobs/{_part(job_id)}/retry")


def delete(job_id: str) -> Call:
    return Call("DELETE", f"/v1/jobs/{_part(job_id)}")


def metrics(job_id: str, after: int) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/metrics", {"params": {"after": after}})


def events(job_id: str, after: int) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/events", {"headers": {"Last-Event-ID": str(after)}})


def model(job_id: str, format: str) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/model", {"params": {"format": format}})


def model_metadata(model: str) -> Call:
    return Call("GET", f"/v1/models/{_model(model)}/metadata")


def described_version(model: str, metadata: Mapping[str, Any]) -> str:
    """The version of ``model`` that the metadata are of, whatever an alias means a moment later."""
    return f"{model.partition('/')[0]}/versions/{metadata['model_spec']['version']}"


def predict(model: str, rows: Any) -> Call:
    """``rows``: nested lists, or what has ``tolist``, as arrays have."""
    instances = rows.tolist() if hasattr(rows, "tolist") else rows
    return Call("POST", f"/v1/models/{_model(model)}:predict", {"json": {"instances": instances}})


def infer(model: str, body: bytes, headers: Mapping[str, str]) -> Call:
    """Predictions by the Open Inference Protocol, with binary tensors both ways."""
    return Call("POST", f"/v2/models/{_model(model)}/infer", {"content": body, "headers": headers})


def openapi() -> Call:
    return Call("GET", "/openapi.json")


def diagnostics(job_id: str) -> Call:
    return Call("GET", f"/v1/jobs/{_part(job_id)}/diagnostics")


def studies(after: str | None) -> Call:
    return Call("GET", "/v1/studies", {"params": {"after": after} if after else {}})


def create_study(body: Mapping[str, Any]) -> Call:
    return Call("POST", "/v1/studies", {"json": body})


def study(study_id: str) -> Call:
    return Call("GET", f"/v1/studies/{_part(study_id)}")


def comparison(study_id: str, threshold: float | None, question: Question) -> Call:
    return Call("GET", f"/v1/studies/{_part(study_id)}/comparison", {"params": _asked(threshold, question)})


def report(study_id: str, format: str, threshold: float | None, question: Question) -> Call:
    params = {"format": format, **_asked(threshold, question)}
    return Call("GET", f"/v1/studies/{_part(study_id)}/report", {"params": params})


def _asked(threshold: float | None, question: Question) -> dict[str, Any]:
    """None is asked nothing about, so that options can be handed on as they are."""
    return {name: value for name, value in {"threshold": threshold, **question}.items() if value is not None}


def cancel_study(study_id: str) -> Call:
    return Call("POST", f"/v1/studies/{_part(study_id)}/cancel")


def delete_study(study_id: str) -> Call:
    return Call("DELETE", f"/v1/studies/{_part(study_id)}")


def presets() -> Call:
    return Call("GET", "/v1/presets")


def datasets() -> Call:
    return Call("GET", "/v1/datasets", {"params": {"limit": 1000}})


def dataset(name: str) -> Call:
    return Call("GET", f"/v1/datasets/{_part(name)}")


def upload(name: str, file: Path, options: Mapping[str, Any]) -> Call:
    """Raises NotSent for a file whose name does not tell its format."""
    media_type = SUFFIXES.get(file.suffix.lower())
    if media_type is None:
        raise NotSent(f"{file}: the name must end in {', '.join(SUFFIXES)}")
    query = {option: value for option, value in options.items() if value is not None}
    request = {"params": query, "content": Pieces(file), "headers": {"Content-Type": media_type}}
    return Call("PUT", f"/v1/datasets/{_part(name)}", request)


def suggested_name(file: PurePath) -> str:
    """The file's name as the name of a dataset."""
    return re.sub(r"[^a-z0-9_-]+", "_", file.stem.lower())[:64]


def delete_dataset(name: str) -> Call:
    return Call("DELETE", f"/v1/datasets/{_part(name)}")


def _part(name: str) -> str:
    """``name`` as a part of a path. Raises NotSent where it is none."""
    if not name or "/" in name or not name.strip("."):
        raise NotSent(f"{name!r} is not an id or a name")
    return quote(name, safe="")


def _model(name: str) -> str:
    """A model may be named with a version or a label, as ``circles/versions/2``."""
    return "/".join(_part(part) for part in name.split("/"))
