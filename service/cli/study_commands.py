"""``bnlab study``: a whole study from the terminal, on a server or on one that runs as long as it takes.

``bnlab comparison``: another question to the runs of a study that is there.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from service.cli import rendering
from service.cli.comparing import Report, ServerOrOwn, check_report, server_there, write_report
from service.cli.question_options import Confidence, Interaction, Margin, Metric, RatioMargin, Threshold, Tune
from service.cli.terminal import EXPERIMENTS, NOT_ALL_SUCCEEDED, AsJson, Server, console, print_json, read_object
from service.client import BNLab, ServerError
from service.client.embedded import embedded_service
from service.client.endpoints import POLL_SECONDS, Question
from service.vocabulary import DEFAULT_SERVER

app = typer.Typer()


@app.command(rich_help_panel=EXPERIMENTS)
def study(
    design: Annotated[str, typer.Argument(help="A preset's name, a file with a study in JSON, or - for stdin.")],
    seeds: Annotated[int | None, typer.Option(help="Runs of each arm.", min=1)] = None,
    metric: Metric = None,
    threshold: Threshold = None,
    margin: Margin = None,
    ratio_margin: RatioMargin = None,
    interaction: Interaction = None,
    tune: Tune = None,
    confidence: Confidence = None,
    report: Report = None,
    server: ServerOrOwn = None,
    as_json: AsJson = False,
) -> None:
    """Run a study, a published one or your own, and say what it found.

    Example: bnlab study brownlee-circles --report out.html
    """
    check_report(report)
    body = _body(design) | ({} if seeds is None else {"seeds": seeds})
    question = Question(
        metric=metric, margin=margin, ratio_margin=ratio_margin, interaction=interaction, tune=tune,
        confidence=confidence,
    )  # fmt: skip
    with _server(server, quiet=as_json) as url, BNLab(url) as lab:
        made = _submitted(lab, body, threshold, question)
        made = _finished(lab, made["id"], quiet=as_json)
        comparison = _answer(lab, made["id"], threshold, question, report)
    if as_json:
        print_json({**made, "comparison": comparison})
    else:
        _show(comparison)
        console.print(
            f"\nbnlab comparison {made['id']} asks these runs another question.", highlight=False, soft_wrap=True
        )
    if made["counts"]["failed"] or made["counts"]["cancelled"]:
        raise typer.Exit(NOT_ALL_SUCCEEDED)


@app.command(rich_help_panel=EXPERIMENTS)
def comparison(
    study_id: Annotated[str, typer.Argument(help="The id of a study.")],
    metric: Metric = None,
    threshold: Threshold = None,
    margin: Margin = None,
    ratio_margin: RatioMargin = None,
    interaction: Interaction = None,
    tune: Tune = None,
    confidence: Confidence = None,
    report: Report = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Ask the runs of a study that is there; nothing is trained.

    Example: bnlab comparison 0199f0a2 --metric val_loss --tune learning_rate
    """
    check_report(report)
    question = Question(
        metric=metric, margin=margin, ratio_margin=ratio_margin, interaction=interaction, tune=tune,
        confidence=confidence,
    )  # fmt: skip
    with BNLab(server) as lab:
        found = _answer(lab, study_id, threshold, question, report)
    print_json(found) if as_json else _show(found)


def _submitted(lab: BNLab, body: dict[str, Any], threshold: float | None, question: Question) -> dict[str, Any]:
    """The study, of which the question can be asked: not after hours is the time to learn that it cannot."""
    made = lab.submit_study(body)
    try:
        lab.comparison(made["id"], threshold, **question)
    except ServerError:
        with suppress(ServerError):
            lab.cancel_study(made["id"])
        raise
    return made


def _answer(
    lab: BNLab, study_id: str, threshold: float | None, question: Question, report: Path | None
) -> dict[str, Any]:
    found = lab.comparison(study_id, threshold, **question)
    if report is not None:
        write_report(report, lab.report(study_id, report.suffix.lstrip("."), threshold, **question))
    return found


def _show(comparison: dict[str, Any]) -> None:
    if comparison["partial"]:
        console.print("Not all runs have ended: this is what can be said so far.")
    for part in rendering.comparison_lines(comparison, console.width):
        console.print(part, highlight=False)


def _body(design: str) -> dict[str, Any]:
    if design != "-" and not Path(design).is_file():
        return {"preset": design}
    return read_object(design, "a study, with 'base' and 'grid' or a 'preset',")


@contextmanager
def _server(url: str | None, quiet: bool) -> Iterator[str]:
    if (there := server_there(url)) is not None:
        yield there
        return
    if not quiet:
        console.print(
            f"no server at {DEFAULT_SERVER}: running one on ./bnlab.db until the study has ended", highlight=False
        )
    with embedded_service(Path.cwd()) as own:
        yield own


def _finished(lab: BNLab, study_id: str, quiet: bool) -> dict[str, Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[news]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bars:
        task = bars.add_task(f"study {study_id}", total=1.0, news="")
        while True:
            study = lab.study(study_id)
            counts = study["counts"]
            ended = counts["succeeded"] + counts["failed"] + counts["cancelled"]
            news = f"{ended} of {sum(counts.values())} runs"
            bars.update(task, completed=study["progress"]["fraction"], news=news)
            if study["status"] != "running":
                return study
            time.sleep(POLL_SECONDS)
