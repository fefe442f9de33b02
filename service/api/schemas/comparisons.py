"""Runs that were trained elsewhere as they come in over HTTP, and in what form their comparison goes out."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from service.analysis.external_question import ExternalQuestion

EXAMPLE: dict[str, Any] = {
    "columns": {
        "arm": ["plain", "plain", "plain", "normalized", "normalized", "normalized"],
        "seed": [0, 1, 2, 0, 1, 2],
        "val_accuracy": [0.81, 0.79, 0.83, 0.86, 0.85, 0.84],
    },
    "baseline": "plain",
}


class RunsIn(ExternalQuestion):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    columns: Annotated[
        dict[str, list[Any]],
        Field(
            description="`arm`, `seed`, `epoch` (left out: final values) and a column for each metric, of one length"
        ),
    ]


class RunsQuery(ExternalQuestion):
    """Of a CSV all of the question; of JSON the format alone."""

    format: Annotated[
        Literal["json", "html", "md", "png", "csv"], Field(description="the comparison as JSON, or a report of it")
    ] = "json"
