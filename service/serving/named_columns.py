"""Rows whose numbers have names, in any order -> numbers in the model's order."""

import json
from collections import Counter
from typing import Any

import numpy as np

from bn_models.inference import InferenceModel, Rows
from service.columns import wrong_names
from service.errors import BadPrediction
from service.serving.json_codec import numbers

INPUT = "input"


def rows_in_order(objects: list[Any], body: bytes, model: InferenceModel) -> list[Any]:
    """The rows as lists. ``objects`` are ``{"<column>": number, …}``, or TensorFlow Serving's ``{"input": row}``.

    ``body`` is where they are from. BadPrediction names the columns that are unknown or missing.
    """
    names, [first, *_] = model.columns, objects
    if list(first) == [INPUT]:
        names = [INPUT]
    else:
        _check_known(model, "instances[0]")
    wanted = set(names)
    for i, row in enumerate(objects):
        if not isinstance(row, dict):
            raise mixed(f"instances[{i}] is no object")
        if row.keys() != wanted:
            raise BadPrediction(f"instances[{i}]: {wrong_names(list(row), names)}")
    _refuse_doubles(body)
    return [row[INPUT] for row in objects] if names == [INPUT] else [[row[name] for name in names] for row in objects]


def columns_in_order(columns: dict[str, Any], body: bytes, model: InferenceModel) -> Rows:
    """The rows (rows, columns) of ``{"<column>": [number, …], …}``, or of TensorFlow Serving's ``{"input": rows}``."""
    if list(columns) == [INPUT]:
        _refuse_doubles(body)
        return numbers(columns[INPUT], "inputs", model.input_dtype)
    _check_known(model, "inputs")
    if fault := wrong_names(list(columns), model.columns):
        raise BadPrediction(f"inputs: {fault}")
    read = [numbers(columns[name], f"inputs[{name[:60]!r}]", model.input_dtype) for name in model.columns]
    lengths = {len(column) for column in read}
    if len(lengths) > 1 or any(column.size != len(column) for column in read):
        raise BadPrediction(
            f"the columns of inputs must have one number a row: they have {min(lengths)} to {max(lengths)} rows"
        )
    _refuse_doubles(body)
    return np.stack([column.ravel() for column in read], axis=1)


def mixed(fact: str) -> BadPrediction:
    return BadPrediction(f"{fact}: give all rows as lists, or all as objects by column name")


def _check_known(model: InferenceModel, where: str) -> None:
    if not model.columns:
        raise BadPrediction(
            f"{where}: the model has one input, named {INPUT!r}, and no column names: it was trained on arrays or "
            "images, or before models kept the names of a table. Send each row as a list, in the order trained on"
        )


def _refuse_doubles(body: bytes) -> None:
    """JSON that has a name twice in one object is read as if it had the last one only."""
    try:
        json.loads(body, object_pairs_hook=_refuse_double)
    except RecursionError as error:
        raise BadPrediction("the body is nested too deeply") from error


def _refuse_double(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise BadPrediction(f"an object has {twice[:60]!r} twice: which of the two is meant?")
