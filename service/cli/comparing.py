"""What the commands that compare runs share: where a report goes, and which server is there."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from service.client import BNLab
from service.client.address import said_server
from service.vocabulary import DEFAULT_SERVER, ReportFormat

FORMATS = get_args(ReportFormat)
Report = Annotated[Path | None, typer.Option(help=f"Write a report: .{', .'.join(FORMATS)}.")]
ServerOrOwn = Annotated[
    str | None,
    typer.Option(
        help="URL of the server.", show_default=f"BNLAB_SERVER or {DEFAULT_SERVER}, or else one just for this"
    ),
]


def check_report(report: Path | None) -> None:
    """Before the work, which may take hours."""
    if report is None:
        return
    if report.suffix.lstrip(".") not in FORMATS:
        raise typer.BadParameter(f"{report}: a report is one of .{', .'.join(FORMATS)}", param_hint="--report")
    if report.is_dir() or not report.absolute().parent.is_dir():
        raise typer.BadParameter(f"{report}: there is no folder to write this file into", param_hint="--report")


def write_report(report: Path, content: bytes) -> None:
    try:
        report.write_bytes(content)
    except OSError as error:
        raise typer.BadParameter(f"the report cannot be written: {error}", param_hint="--report") from error


def server_there(server: str | None) -> str | None:
    """The one that is named, or the usual one where it is ready; None: the command needs one of its own."""
    if said := said_server(server):
        return said
    with BNLab(DEFAULT_SERVER) as lab:
        return DEFAULT_SERVER if lab.ready() else None
