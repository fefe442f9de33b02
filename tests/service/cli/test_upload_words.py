from service.cli.upload_words import refusal
from service.client import ServerError

FACT = "row 3, column 'a': the value is missing"
REMEDIES = [
    {"msg": "fill it in"},
    {"code": "DROP_ROWS", "msg": "missing=drop"},
    {"code": "NEW", "msg": "something=new"},
]


def test_what_helps_is_said_in_flags_and_what_is_not_known_as_it_came() -> None:
    error = ServerError("422: …", 422, [{"loc": ["body"], "msg": "…", "fact": FACT, "remedies": REMEDIES}])
    told = refusal(error)
    assert str(told) == f"{FACT}; fill it in, or leave such rows out with --missing drop, or something=new"
    assert told.status == 422


def test_options_are_named_as_flags() -> None:
    errors = [{"loc": ["query", "test_fraction"], "msg": "too large"}, {"loc": ["query", "seed"], "msg": "too small"}]
    assert str(refusal(ServerError("422: …", 422, errors))) == "--test-fraction: too large; --seed: too small"


def test_what_is_not_about_the_upload_stays() -> None:
    error = ServerError("409: it is used", 409)
    assert refusal(error) is error
