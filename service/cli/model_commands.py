"""``bnlab predict``: ask a trained model."""

from itertools import zip_longest
from typing import Annotated

import typer

from service.cli.rows_file import read_rows
from service.cli.terminal import EXPERIMENTS, AsJson, Server, console, print_json
from service.client import BNLab, endpoints

app = typer.Typer()


@app.command(rich_help_panel=EXPERIMENTS)
def predict(
    model: str,
    rows: Annotated[str, typer.Argument(help="File with rows in JSON or CSV, or - for stdin.")],
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Predict rows with a trained model: lists in its order, or objects and a CSV by column name.

    Example: echo '[[0.1, 0.2]]' | bnlab predict ID -
    """
    with BNLab(server) as lab:
        answer = lab.json(endpoints.predict(*lab.in_order(model, read_rows(rows))))
    if as_json:
        print_json(answer["predictions"])
        return
    for row, label in zip_longest(answer["predictions"], answer.get("labels", [])):
        numbers = [f"{value:.6f}" if isinstance(value, float) else str(value) for value in row]
        console.print("  ".join([*numbers, *([] if label is None else [str(label)])]), highlight=False, markup=False)
