"""Routes under /v2: health and metadata of the Open Inference Protocol.

``/infer`` is answered by :mod:`service.api.predictions`.
"""

from importlib.metadata import version as version_of
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from service.api.http.problems import answers
from service.api.routes.dependencies import DatabaseOf, PredictorOf
from service.api.schemas.model_versions import version_number
from service.database import migrate
from service.database.engine import Database
from service.errors import NotReady
from service.serving import open_inference
from service.serving.predictor import Predictor
from service.store import aliases

router = APIRouter(prefix="/v2", tags=["open inference protocol"])


@router.get("")
def server_metadata() -> dict[str, Any]:
    return {"name": "bnlab", "version": version_of("bnlab"), "extensions": ["binary_tensor_data"]}


@router.get("/health/live")
def server_live() -> dict[str, bool]:
    return {"live": True}


@router.get("/health/ready", responses=answers(503))
def server_ready(database: DatabaseOf) -> dict[str, bool]:
    """Models can be served: the database is there and migrated. Needs no worker."""
    if not migrate.is_current(database):
        raise NotReady("the database is not migrated: run 'bnlab db upgrade'")
    return {"live": True, "ready": True}


@router.get("/models/{name}", responses=answers(404, 409, 422, 503))
async def model_metadata(name: str, database: DatabaseOf, predictor: PredictorOf) -> dict[str, Any]:
    """Inputs, outputs and versions of a model, named by job id or alias."""
    return await _metadata(database, predictor, name, None)


@router.get("/models/{name}/versions/{version}", responses=answers(404, 409, 422, 503))
async def version_metadata(name: str, version: str, database: DatabaseOf, predictor: PredictorOf) -> dict[str, Any]:
    return await _metadata(database, predictor, name, version_number(name, version))


@router.get("/models/{name}/ready", responses=answers(404, 409, 422, 503))
async def model_ready(name: str, predictor: PredictorOf) -> dict[str, Any]:
    """Loads the model, if need be."""
    await predictor.find(name)
    return {"name": name, "ready": True}


@router.get("/models/{name}/versions/{version}/ready", responses=answers(404, 409, 422, 503))
async def version_ready(name: str, version: str, predictor: PredictorOf) -> dict[str, Any]:
    await predictor.find(name, version_number(name, version))
    return {"name": name, "ready": True}


async def _metadata(database: Database, predictor: Predictor, name: str, version: int | None) -> dict[str, Any]:
    _, loaded = await predictor.find(name, version)
    return open_inference.metadata(name, await run_in_threadpool(_versions, database, name), loaded.model)


def _versions(database: Database, name: str) -> list[int]:
    with database.read() as session:
        return aliases.versions(session, name)
