"""The application: routes, errors and what they share. Never loads TensorFlow."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from service.analysis.pool import Analysis
from service.api import prediction_docs
from service.api.http import problems
from service.api.http.methods import HeadAsGet
from service.api.http.query import refuse_unknown_query
from service.api.http.request_ids import RequestIds
from service.api.metrics import registry
from service.api.predictions import Predictions
from service.api.routes import (
    aliases,
    comparisons,
    datasets,
    jobs,
    models,
    observations,
    open_inference,
    studies,
    system,
)
from service.database.engine import Database
from service.serving.predictor import Predictor
from service.settings import Settings
from service.uploads import Uploads

DESCRIPTION = "Trains networks with and without batch normalization, compares them, and serves them."


class Application(FastAPI):
    """FastAPI, with predictions answered before it."""

    def build_middleware_stack(self) -> ASGIApp:
        stack = HeadAsGet(super().build_middleware_stack())
        return RequestIds(Predictions(stack, self.state.predictor, self.state.settings.max_predict_bytes))


def create_app(settings: Settings, clock: Callable[[], float] = time.time) -> FastAPI:
    """An application on a database that has been migrated (see :mod:`service.database.migrate`)."""
    database = Database(settings.database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.analysis.close()
        database.close()

    app = Application(
        title="BN Lab",
        description=DESCRIPTION,
        version=version("bnlab"),
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.settings, app.state.database = settings, database
    app.state.predictor = Predictor(database, settings.model_cache_bytes)
    app.state.analysis = Analysis()
    app.state.uploads = Uploads(settings.max_dataset_bytes)
    app.state.metrics = registry(database, clock)
    known_query = Depends(refuse_unknown_query)
    for routes in (jobs, observations, studies, aliases, models, open_inference, system):
        app.include_router(routes.router, max_body_size=settings.max_spec_bytes, dependencies=[known_query])
    app.include_router(comparisons.router, max_body_size=settings.max_comparison_bytes, dependencies=[known_query])
    app.include_router(datasets.router, max_body_size=settings.max_dataset_bytes, dependencies=[known_query])
    problems.install(app)
    _complete_documentation(app)
    return app


def _complete_documentation(app: FastAPI) -> None:
    """Puts predictions and the problem document, to which error answers refer, into /openapi.json."""
    plain = app.openapi

    def openapi() -> dict[str, object]:
        document = plain()
        document["paths"] |= prediction_docs.paths()
        document["components"]["schemas"] |= {
            "Problem": problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}"),
            "FieldError": problems.FieldError.model_json_schema(),
        }
        document["components"]["schemas"]["Problem"].pop("$defs", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
