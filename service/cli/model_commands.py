"""``bnlab predict``: ask a trained model."""

from itertools import zip_longest
from typing import Annotated

import typer

from service.cli.terminal import EXPERIMENTS, AsJson, Server, connected, console, print_json, read_json
from service.client import endpoints
from service.vocabulary import DEFAULT_SERVER

app = typer.Typer()


@app.command(rich_help_panel=EXPERIMENTS)
def predict(
    model: str,
    rows: Annotated[str, typer.Argument(help="File with a list of rows in JSON, or - for standard input.")],
    server: Server = DEFAULT_SERVER,
    as_json: AsJson = False,
) -> None:
    """Predict rows with a trained model.

    Example: echo '[[0.1, 0.2]]' | bnlab predict ID -
    """
    with connected(server) as lab:
        answer = lab.json(endpoints.predict(model, read_json(rows)))
    if as_json:
        print_json(answer["predictions"])
        return
    for row, label in zip_longest(answer["predictions"], answer.get("labels", [])):
        numbers = [f"{value:.6f}" if isinstance(value, float) else str(value) for value in row]
        console.print("  ".join([*numbers, *([] if label is None else [str(label)])]), highlight=False, markup=False)
