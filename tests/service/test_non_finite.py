import json
import math

import pytest

from service.non_finite import spelled_out


@pytest.mark.parametrize(("number", "word"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_what_json_cannot_say_is_spelled_out_at_any_depth(number: float, word: str) -> None:
    assert spelled_out({"a": [1, (number, {"b": number})]}) == {"a": [1, [word, {"b": word}]]}


def test_everything_else_stays_as_it_is() -> None:
    value = {"a": [1, 2.5, True, None, "NaN"]}
    assert spelled_out(value) == value == json.loads(json.dumps(spelled_out(value), allow_nan=False))
