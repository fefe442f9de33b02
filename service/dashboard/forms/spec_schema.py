"""The schema of a spec and the names that its form offers, as the server says them."""

from service.client import AsyncBNLab, endpoints
from service.dashboard.forms.json_schema import Definitions, Schema

JOB_FIELDS = ("name", "tags", "priority", "max_seconds")


async def spec_schema(lab: AsyncBNLab) -> tuple[Schema, Definitions]:
    """What ``POST /v1/jobs`` takes, as the server itself describes it."""
    named = (await lab.json(endpoints.openapi()))["components"]["schemas"]
    return named["JobIn"], Definitions(named)


async def dataset_names(lab: AsyncBNLab, chosen: str) -> list[str]:
    """The names of uploaded datasets. Raises ServerError where there is none of the name that is chosen."""
    page = await lab.json(endpoints.datasets())
    await lab.dataset(chosen)
    return [dataset["name"] for dataset in page["data"] if not dataset["built_in"]]


def sections(schema: Schema) -> dict[str, list[str]]:
    training = [name for name in schema["properties"] if name not in JOB_FIELDS]
    return {"Training": training, "Job": list(JOB_FIELDS)}
