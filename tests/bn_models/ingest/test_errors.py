import json

from bn_models.ingest.errors import Remedy, TableError


def test_what_helps_is_said_in_the_words_of_who_asks() -> None:
    error = TableError("row 3, column 'a': the value is missing", "fill it in", Remedy.DROP_ROWS)
    assert str(error) == "row 3, column 'a': the value is missing; fill it in, or have such rows dropped"
    assert error.said({Remedy.DROP_ROWS: "use --missing drop"}).endswith("; fill it in, or use --missing drop")
    assert str(TableError("every row misses a value", "fill them in")) == "every row misses a value: fill them in"
    assert str(TableError("the file has column names and no rows")) == "the file has column names and no rows"


def test_it_crosses_a_process_as_json() -> None:
    error = TableError("the target is not numeric", "correct it", Remedy.AS_CLASSES)
    again = TableError.from_json(json.loads(json.dumps(error.to_json())))
    assert (again.fact, again.remedies) == (error.fact, error.remedies)
