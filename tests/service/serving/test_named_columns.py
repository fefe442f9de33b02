from contextlib import suppress
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_models.inference import InferenceModel
from service.errors import BadPrediction
from service.serving.tensorflow_serving import PredictRequest, parse_predict_request
from tests.support.small_model import small_model

NAMED = InferenceModel(small_model(columns=["width", "input"])[0])
UNNAMED = InferenceModel(small_model()[0])


def parsed(body: Any, model: InferenceModel = NAMED) -> PredictRequest:
    return parse_predict_request(body if isinstance(body, bytes) else orjson.dumps(body), model)


@given(st.lists(st.tuples(*2 * [st.floats(-1e30, 1e30)]), min_size=1), st.booleans())
def test_objects_and_columns_in_any_order_are_the_rows_as_lists(rows: list[tuple[float, float]], swap: bool) -> None:
    expected = parsed({"instances": rows}).rows
    names = ["input", "width"] if swap else ["width", "input"]
    objects = [{name: dict(zip(NAMED.columns, row, strict=True))[name] for name in names} for row in rows]
    columns = {name: [row[name] for row in objects] for name in names}
    for body in (
        {"instances": objects},
        {"inputs": columns},
        {"inputs": {n: [[v] for v in columns[n]] for n in names}},
    ):
        read = parsed(body).rows
        np.testing.assert_array_equal(read, expected)
        assert (read.dtype, read.flags.c_contiguous) == (expected.dtype, True)


@pytest.mark.parametrize(
    "body", [{"instances": [{"input": [1, 2]}]}, {"inputs": {"input": [[1, 2]]}}, {"instances": [[1, 2]]}]
)
@pytest.mark.parametrize("model", [NAMED, UNNAMED])
def test_the_one_input_of_tensorflow_serving_stays(body: Any, model: InferenceModel) -> None:
    np.testing.assert_array_equal(parsed(body, model).rows, [[1, 2]])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"instances": [{"wdith": 1, "input": 2}]}, r"instances\[0\]: .*no column 'wdith' \(is 'width' meant\?\)"),
        ({"instances": [{"wdith": 1, "input": 2}]}, "without 'width'; its columns are 'width', 'input'"),
        ({"instances": [{"width": 1, "input": 2}, {"width": 1}]}, r"instances\[1\]: without 'input'"),
        ({"instances": [{"width": 1, "input": 2, "x": 3}]}, "no column 'x'"),
        ({"instances": [{}]}, "without 'width', 'input'"),
        ({"instances": [{"width": 1, "input": 2}, [1, 2]]}, r"instances\[1\] is no object: give all rows as lists, or"),
        ({"instances": [[1, 2], {"width": 1, "input": 2}]}, "mixes lists and objects"),
        ({"instances": [[1, 2, 3], {"width": 1, "input": 2}]}, "mixes lists and objects"),
        ({"inputs": {"width": [1]}}, "inputs: without 'input'"),
        ({"inputs": {"width": [1], "x": [1]}}, "no column 'x'"),
        ({"inputs": {"width": [1, 2], "input": [1]}}, "one number a row: they have 1 to 2 rows"),
        ({"inputs": {"width": [[1, 2]], "input": [[1, 2]]}}, "one number a row"),
        ({"inputs": {"width": 1, "input": 2}}, r"inputs\['width'\] must be a list"),
        ({"inputs": {"width": [1], "input": ["a"]}}, r"inputs\['input'\] .*numbers only"),
        ({"inputs": {"width": [1], "input": [1e300]}}, r"inputs\['input'\]\[0\] is not a finite 32-bit number"),
        (b'{"instances": [{"width": 1, "input": 2, "width": 3}]}', "has 'width' twice"),
        (b'{"inputs": {"width": [1], "input": [2], "width": [3]}}', "has 'width' twice"),
        (b'{"instances": [{"input": [1, 2]}], "instances": [{"input": [3, 4]}]}', "has 'instances' twice"),
    ],
)
def test_what_does_not_fit_the_columns_is_said(body: Any, told: str) -> None:
    with pytest.raises(BadPrediction, match=told):
        parsed(body)


def test_how_deep_a_body_may_be_is_no_fault_of_the_servers() -> None:
    with suppress(BadPrediction):  # the parser that looks for doubles may or may not read it
        parsed(b'{"instances": [{"width": 1, "input": 2}], "x": %s}' % (b"[" * 1000 + b"]" * 1000))


@pytest.mark.parametrize("value", [None, "a", True, [1, 2], {"a": 1}, 1e300])
def test_a_bad_value_is_refused_as_in_a_list(value: Any) -> None:
    with pytest.raises(BadPrediction) as of_list:
        parsed({"instances": [[value, 2]]})
    with pytest.raises(BadPrediction) as of_object:
        parsed({"instances": [{"input": 2, "width": value}]})
    assert of_object.value.detail == of_list.value.detail


@pytest.mark.parametrize("body", [{"instances": [{"width": 1, "input": 2}]}, {"inputs": {"width": [1], "input": [2]}}])
def test_a_model_without_names_says_so(body: Any) -> None:
    with pytest.raises(BadPrediction, match="no column names: it was trained on arrays"):
        parsed(body, UNNAMED)
