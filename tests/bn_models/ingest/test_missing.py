import pytest

from bn_models.ingest.missing import misses


@pytest.mark.parametrize("cell", ["", " ", "NA", "n/a", "NaN", "null", "None", " ? "])
def test_the_usual_marks_in_any_case(cell: str) -> None:
    assert misses(cell, None)


def test_marks_of_ones_own_take_their_place() -> None:
    assert misses("-999", ["-999"])
    assert not misses("NA", ["-999"])
    assert not misses("x", None)
