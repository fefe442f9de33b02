"""Query parameters that a route does not have: a misspelt one must not be ignored."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from service.errors import Invalid


def refuse_unknown_query(request: Request) -> None:
    """Raises Invalid for a parameter that the request's route does not take."""
    if not request.query_params:
        return
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    known = _parameters(route.dependant)
    unknown = next((name for name in request.query_params if name not in known), None)
    if unknown is not None:
        takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise Invalid.at(["query", unknown], f"there is no query parameter {unknown!r} here: {takes}")


def _parameters(dependant: Dependant) -> set[str]:
    """Of a route and all that it depends on."""
    found = set[str]().union(*map(_parameters, dependant.dependencies))
    for parameter in dependant.query_params:
        model = parameter.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            found |= set(model.model_fields)
        else:
            found.add(parameter.alias)
    return found
