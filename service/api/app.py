"""The application: routes, errors and what they share. Never loads TensorFlow."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from service.api import jobs, models, problems, system
from service.database import Database
from service.metrics import registry
from service.predictor import Predictor
from service.settings import Settings

DESCRIPTION = "Trains networks with and without batch normalization, compares them, and serves them."


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> FastAPI:
    """An application on a database that has been migrated (see :mod:`service.schema`)."""
    database = Database(settings.database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        database.close()

    app = FastAPI(
        title="BN Lab",
        description=DESCRIPTION,
        version="0.1.0",
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings, app.state.database = settings, database
    app.state.predictor = Predictor(database, settings.model_cache_bytes)
    app.state.metrics = registry(database, clock)
    app.include_router(jobs.router, max_body_size=settings.max_spec_bytes)
    app.include_router(models.router, max_body_size=settings.max_predict_bytes)
    app.include_router(system.router, max_body_size=settings.max_spec_bytes)
    problems.install(app)
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """Puts the problem document into /openapi.json, where the routes' error answers refer to it."""
    plain = app.openapi

    def openapi() -> dict[str, object]:
        document = plain()
        document["components"]["schemas"] |= {
            "Problem": problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}"),
            "FieldError": problems.FieldError.model_json_schema(),
        }
        document["components"]["schemas"]["Problem"].pop("$defs", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
