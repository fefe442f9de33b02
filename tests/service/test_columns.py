import pytest

from service.columns import wrong_names

FLOWER = ["sepal_length", "sepal_width", "petal_length"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["petal_length", "sepal_width", "sepal_length"], None),
        (
            ["sepal_length", "Sepal_Width", "petal_lenght"],
            "the model has no column 'Sepal_Width' (is 'sepal_width' meant?), 'petal_lenght' (is 'petal_length' "
            "meant?); without 'sepal_width', 'petal_length'; "
            "its columns are 'sepal_length', 'sepal_width', 'petal_length'",
        ),
        ([*FLOWER, "species"], "the model has no column 'species'; its columns"),
        (FLOWER[:2], "without 'petal_length'; its columns"),
        ([*FLOWER, "sepal_width"], "there are two columns 'sepal_width'; its columns"),
        ([], "without 'sepal_length', 'sepal_width', 'petal_length'; its"),
    ],
)
def test_names_that_are_not_the_models_are_listed(given: list[str], fault: str | None) -> None:
    found = wrong_names(given, FLOWER)
    assert found == fault or (found or "").startswith(fault or "nothing")


def test_of_many_names_some_are_shown() -> None:
    columns = [f"gene_{i}" for i in range(10_000)]
    fault = wrong_names([f"Gene {i}" + "x" * 1_000_000 for i in range(30)], columns) or ""
    assert "and 10 more; without 'gene_0', " in fault
    assert "and 9980 more; its columns" in fault
    assert len(fault) < 4000
