"""The door of the analysis process: what is heavy is imported behind it, by name, when the first task comes."""

from importlib import import_module

from service.analysis.study_data import Question


def answer(question: Question, format: str) -> bytes:
    made: bytes = import_module("service.analysis.report").answer(question, format)
    return made
