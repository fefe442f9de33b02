"""What a comparison is asked, as options of the commands that show one."""

from typing import Annotated

import typer

Metric = Annotated[
    str | None,
    typer.Option(help="A final metric to compare, as val_loss.", show_default="accuracy, or mae, of the test rows"),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        help="How soon it is reached is compared, too; in the metric's unit.",
        show_default="the preset's, or 0.8 of accuracies",
    ),
]
Margin = Annotated[float | None, typer.Option(help="Is the difference smaller than this?", min=0)]
RatioMargin = Annotated[
    float | None, typer.Option(help="Is the ratio of times to the threshold smaller than this? Above 1.", min=1)
]
Interaction = Annotated[
    str | None,
    typer.Option(help="A setting of the grid, as learning_rate: do differences from the baseline change along it?"),
]
Tune = Annotated[str | None, typer.Option(help="A setting of the grid: compare each arm at its own best value of it.")]
Confidence = Annotated[float | None, typer.Option(help="Of intervals and tests.", show_default="0.95")]
