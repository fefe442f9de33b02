import pytest

from service.api.schemas.model_versions import version_number
from service.errors import UnknownVersion


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("0", 0), ("999999999", 999_999_999)])
def test_numbers(text: str, number: int) -> None:
    assert version_number("circles", text) == number


@pytest.mark.parametrize("text", ["-1", "x", "", "²", "1.0", "9" * 40])
def test_no_model_has_a_version_that_is_no_number(text: str) -> None:
    with pytest.raises(UnknownVersion, match="model 'circles' has no version"):
        version_number("circles", text)
