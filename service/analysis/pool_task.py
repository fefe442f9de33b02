"""The door of the analysis process: what is heavy is imported behind it, by name, when the first task comes."""

import os
from functools import cache, partial
from importlib import import_module
from typing import Literal

from bn_models.statistics.question import Question
from service.analysis.external_runs import ExternalRuns, external_data
from service.analysis.study_data import StudyData, study_data
from service.database.engine import Database
from service.processes import when_parent_ends
from service.vocabulary import ReportFormat

DocumentFormat = ReportFormat | Literal["json"]
DRAWN: tuple[DocumentFormat, ...] = ("html", "png")


def end_with_parent() -> None:
    """What the process does first. Waiting for a task, it would outlive a killed API process, with all its memory."""
    when_parent_ends(partial(os._exit, 1))


def document(database_url: str, study_id: str, question: Question, format: DocumentFormat) -> bytes:
    """A study's comparison ("json") or report, from what the database holds now. Raises NotFound."""
    with _database(database_url).read() as session:
        data = study_data(session, study_id, question.metric, inside=format in DRAWN)
    return _made(data, question, format)


def of_external(runs: ExternalRuns, format: DocumentFormat) -> bytes:
    """The same of runs that were trained elsewhere. Raises Invalid."""
    return _made(*external_data(runs), format)


def _made(data: StudyData, question: Question, format: DocumentFormat) -> bytes:
    made: bytes = import_module("service.analysis.report").document(data, question, format)
    return made


@cache
def _database(url: str) -> Database:
    return Database(url)
