from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from service.errors import BadPrediction
from service.serving.json_codec import dumps, json_object, numbers


@given(
    arrays(
        np.float32, array_shapes(max_dims=4), elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False)
    )
)
def test_nested_lists_are_read_as_numpy_reads_them(rows: Any) -> None:
    read = numbers(rows.tolist(), "instances")
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, rows)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (3, "instances must be a list of rows"),
        ([[1, 2], [3]], "lists of 1 and 2 values"),
        ([[1, 2], 3], "a number is beside a list"),
        ([[1, "2"]], "hold numbers only"),
        ([[True, False]], "hold numbers only"),
        ([[1, None]], "hold numbers only"),
        ([[1, 2], [3, 1e39]], r"instances\[1\]\[1\] is not a finite"),
    ],
)
def test_what_is_no_array_is_said_with_its_place(values: Any, told: str) -> None:
    with pytest.raises(BadPrediction, match=told):
        numbers(values, "instances")


def test_a_body_of_many_axes_is_refused_before_numpy_is() -> None:
    nested: Any = 1.0
    for _ in range(65):
        nested = [nested]
    with pytest.raises(BadPrediction, match="65 axes"):
        numbers(nested, "instances")


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"[1]", "must be an object: {…}"), (b"{", "is not JSON"), (b'{"a": "\xe9"}', "is not UTF-8: .* at byte 7")],
)
def test_a_body_that_is_no_object_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(BadPrediction, match=told):
        json_object(body, "{…}")


def test_predictions_that_are_not_finite_are_spelled_out() -> None:
    predictions = np.array([[1.5, np.nan], [np.inf, -np.inf]], np.float32)
    assert orjson.loads(dumps({"predictions": predictions}, predictions)) == {
        "predictions": [[1.5, "NaN"], ["Infinity", "-Infinity"]]
    }
    finite = predictions[:1, :1]
    assert dumps({"predictions": finite}, finite) == b'{"predictions":[[1.5]]}'
