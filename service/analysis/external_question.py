"""What is asked of runs that were trained elsewhere: the same in the body of JSON and in the query of a CSV."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bn_models.statistics.metric_names import Better
from service.analysis.run_table import arm_name


def _named(value: Any) -> Any:
    """Arms may be called by numbers, in the columns and here."""
    return arm_name(value) if isinstance(value, int | float) else value


class ExternalQuestion(BaseModel):
    """``baseline`` and ``metric`` are held against the table once that is read, which says what there is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: Annotated[
        str | None, BeforeValidator(_named), Field(description="the arm that all others are compared with; needed")
    ] = None
    metric: Annotated[str | None, Field(description="a column; left out: `val_accuracy`, or the only one there is")] = (
        None
    )
    threshold: Annotated[
        float | None,
        Field(allow_inf_nan=False, description="in the metric's unit; left out: 0.8 of accuracies by epoch"),
    ] = None
    margin: Annotated[float | None, Field(ge=0, allow_inf_nan=False, description="no difference worth speaking of")] = (
        None
    )
    ratio_margin: Annotated[
        float | None, Field(gt=1, allow_inf_nan=False, description="no ratio of times worth speaking of")
    ] = None
    better: Annotated[Better | None, Field(description="of two values of the metric; left out: by its name")] = None
    confidence: Annotated[float, Field(ge=0.5, le=0.999, allow_inf_nan=False)] = 0.95
    test_rows: Annotated[int | None, Field(ge=1, le=2**53, description="on which the metric is measured")] = None
    train_rows: Annotated[int | None, Field(ge=1, le=2**53, description="that were trained on")] = None
    split: Annotated[
        Literal["one", "a seed"] | None,
        Field(description="whether all seeds share their rows or each has its own; left out: not known"),
    ] = None
