"""What routes share: what they are given, a body that is JSON, and where to look for what was accepted."""

from typing import Annotated

from fastapi import Depends, Header, Query, Request, Response
from prometheus_client import CollectorRegistry

from service.analysis.pool import Analysis
from service.database.engine import Database
from service.errors import UnsupportedMediaType
from service.serving.predictor import Predictor
from service.settings import Settings
from service.uploads import Uploads


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _predictor(request: Request) -> Predictor:
    predictor: Predictor = request.app.state.predictor
    return predictor


def _analysis(request: Request) -> Analysis:
    analysis: Analysis = request.app.state.analysis
    return analysis


def _metrics(request: Request) -> CollectorRegistry:
    registry: CollectorRegistry = request.app.state.metrics
    return registry


def _uploads(request: Request) -> Uploads:
    uploads: Uploads = request.app.state.uploads
    return uploads


def require_json(request: Request) -> None:
    """Refuses bodies of another declared type before they are read."""
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != "application/json" and not (declared.startswith("application/") and declared.endswith("+json")):
        raise UnsupportedMediaType(
            f"the body has Content-Type {declared or 'missing'!r}; send application/json (with curl: "
            "-H 'Content-Type: application/json')"
        )


def accepted(response: Response, path: str) -> None:
    """Says in the headers of a 202 where to look for what was accepted, and when."""
    response.headers["Location"] = path
    response.headers["Retry-After"] = "1"


DatabaseOf = Annotated[Database, Depends(_database)]
SettingsOf = Annotated[Settings, Depends(_settings)]
MetricsOf = Annotated[CollectorRegistry, Depends(_metrics)]
AnalysisOf = Annotated[Analysis, Depends(_analysis)]
UploadsOf = Annotated[Uploads, Depends(_uploads)]
PredictorOf = Annotated[Predictor, Depends(_predictor)]


Cursor = Annotated[str | None, Query(pattern="^[0-9a-f]{32}$", description="`next` of the page before")]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")
]
