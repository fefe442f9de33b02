"""Health, readiness, metrics and versions."""

import platform
import time
from importlib.metadata import version

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.api.http.problems import answers
from service.api.routes.dependencies import DatabaseOf, MetricsOf
from service.database import migrate
from service.database.engine import sqlite_module
from service.errors import NotReady
from service.store import workers

router = APIRouter(tags=["system"])


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz", responses=answers(503))
def readyz(database: DatabaseOf) -> dict[str, str]:
    """The database is there and migrated, and a worker was seen lately."""
    if not migrate.is_current(database):
        raise NotReady("the database is not migrated: run 'bnlab db upgrade'")
    with database.read() as session:
        if not workers.any_alive(session, now=time.time()):
            raise NotReady("no worker was seen lately: jobs are accepted and wait; start 'bnlab worker'")
    return {"status": "ready"}


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(registry: MetricsOf) -> Response:
    """For Prometheus."""
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.get("/v1/version")
def versions() -> dict[str, str]:
    """Versions of what trains, stores and predicts."""
    packages = ("bnlab", "keras", "tensorflow", "onnxruntime", "fastapi", "sqlalchemy")
    return {
        **{package: version(package) for package in packages},
        "sqlite": sqlite_module().sqlite_version,
        "python": platform.python_version(),
    }
