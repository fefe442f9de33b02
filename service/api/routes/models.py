"""Routes under /v1/models that describe a model, as TensorFlow Serving's REST API has them.

``:predict`` is answered by :mod:`service.api.predictions`.
"""

from typing import Any

from fastapi import APIRouter

from service.api.http.problems import answers
from service.api.routes.dependencies import DatabaseOf, PredictorOf
from service.api.schemas.model_versions import version_number
from service.serving import tensorflow_serving
from service.store import aliases

router = APIRouter(prefix="/v1/models", tags=["models"], responses=answers(404, 409, 422, 503))


@router.get("/{name}")
def model_status(name: str, database: DatabaseOf) -> dict[str, Any]:
    """Which versions of a model, named by job id or alias, can be asked for predictions."""
    with database.read() as session:
        return tensorflow_serving.status(aliases.versions(session, name))


@router.get("/{name}/versions/{version}")
def version_status(name: str, version: str, database: DatabaseOf) -> dict[str, Any]:
    """Whether one version of a model can be asked for predictions."""
    number = version_number(name, version)
    with database.read() as session:
        return tensorflow_serving.status([aliases.find(session, name, number).version])


@router.get("/{name}/labels/{label}")
def label_status(name: str, label: str, database: DatabaseOf) -> dict[str, Any]:
    """Which version of an alias has this label."""
    with database.read() as session:
        return tensorflow_serving.status([aliases.find(session, name, label=label).version])


@router.get("/{name}/metadata")
async def model_metadata(name: str, predictor: PredictorOf) -> dict[str, Any]:
    """Inputs and outputs of a model, as TensorFlow Serving's signature_def."""
    found, loaded = await predictor.find(name)
    return tensorflow_serving.metadata(name, found.version, loaded.model)


@router.get("/{name}/versions/{version}/metadata")
async def version_metadata(name: str, version: str, predictor: PredictorOf) -> dict[str, Any]:
    found, loaded = await predictor.find(name, version_number(name, version))
    return tensorflow_serving.metadata(name, found.version, loaded.model)


@router.get("/{name}/labels/{label}/metadata")
async def label_metadata(name: str, label: str, predictor: PredictorOf) -> dict[str, Any]:
    found, loaded = await predictor.find(name, label=label)
    return tensorflow_serving.metadata(name, found.version, loaded.model)
