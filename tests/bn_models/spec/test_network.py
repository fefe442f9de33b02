from typing import Any

import pytest
from pydantic import ValidationError

from bn_models.spec.network import BatchNorm, Cnn


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({}, (True, True, False)),
        ({"conv_filters": [8]}, (False,)),
        ({"conv_filters": [8, 8], "pool_after": [False, True]}, (False, True)),
    ],
)
def test_every_convolution_but_the_last_is_pooled_unless_said(fields: dict[str, Any], flags: tuple[bool, ...]) -> None:
    assert Cnn.model_validate({"kind": "cnn", **fields}).pool_after == flags


def test_flags_of_pooling_are_one_a_convolution() -> None:
    with pytest.raises(ValidationError, match="pool_after has 1 flags for 3 conv_filters"):
        Cnn.model_validate({"kind": "cnn", "pool_after": [True]})


@pytest.mark.parametrize(("field", "value"), [("momentum", 1.0), ("epsilon", 0.0), ("center", 1), ("placement", "in")])
def test_arguments_of_batch_normalization_are_bounded(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        BatchNorm.model_validate({field: value})
