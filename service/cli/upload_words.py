"""What the server says of an upload, in the flags of ``bnlab upload``."""

from service.client import ServerError

WITH_FLAGS = {
    "NAME_TARGET": "say which one with --target COLUMN",
    "NAME_COLUMNS": "name the others with --columns a,b,c",
    "DROP_ROWS": "leave such rows out with --missing drop",
    "MARK_MISSING": "name all that stands for a missing value with --missing-values, once for each",
    "AS_CLASSES": "use --task classification",
    "AS_NUMBER": "use --task regression if it is a number to predict",
    "CHANGE_TEST_FRACTION": "change --test-fraction",
    "RAISE_LIMIT": "raise BNLAB_MAX_DATASET_BYTES of the server",
    "STANDARDIZE": "use --standardize",
    "NO_HEADER": "use --no-header, which names the columns 0, 1, …",
    "HEADER": "use --header if they are names",
    "DELIMITER": "name it with --delimiter",
    "DECIMAL": "use --decimal , if it is the decimal mark",
    "ENCODING": "name its encoding with --encoding, as utf-16 or cp1252",
    "OTHER_TYPE": "give the file its own ending, .csv, .parquet or .npz",
    "COMPRESSED": "send it over HTTP with Content-Encoding: gzip",
}
"""What helps, by the code that the server gives it."""


def refusal(error: ServerError) -> ServerError:
    """The same with a message that names flags, where the server's names parameters of its request."""
    if (said := error.of_file(WITH_FLAGS)) is not None:
        return ServerError(said, error.status)
    of_options = [item for item in error.errors if item["loc"][:1] == ["query"] and len(item["loc"]) > 1]
    if not of_options:
        return error
    return ServerError(
        "; ".join(f"--{item['loc'][1].replace('_', '-')}: {item['msg']}" for item in of_options), error.status
    )
